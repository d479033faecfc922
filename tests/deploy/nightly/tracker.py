"""GitHub's issues of one repository, as its API keeps them, with whoever else writes there."""

import json
from dataclasses import dataclass, field

from aiohttp import web

TOKEN = "of-the-run"
PATH = "/repos/acme/pipeline/issues"
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
SOMEBODY = {"login": "mallory", "id": 7, "type": "User"}


@dataclass
class Tracker:
    """In the documented shape: https://docs.github.com/en/rest/issues/issues."""

    issues: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    """Verb and path of each call."""
    answers: dict = field(default_factory=dict)
    """What a test lets it answer, by verb and path."""

    def put(self, body, user=BOT, title="x", state="open", **more):
        """Somebody writes an issue; gives its number."""
        number = len(self.issues) + 1
        issue = {"number": number, "title": title, "body": body, "user": user, "state": state}
        self.issues.append({**issue, "comments": [], **more})
        return number

    def get(self, number):
        return self.issues[number - 1]

    def application(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request):
        call = f"{request.method} {request.path.removeprefix(PATH)}".strip()
        self.asked.append(call)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        assert request.path.startswith(PATH)
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
        if call in self.answers:
            return self.answers[call]()
        sent = json.loads(await request.read() or "null")
        match request.method, request.path.removeprefix(PATH).strip("/").split("/"):
            case "GET", [""]:
                return web.json_response(self._page(request.query))
            case "POST", [""]:
                number = self.put(sent["body"], title=sent["title"])
                return web.json_response(self.get(number), status=201)
            case "POST", [number, "comments"]:
                self.get(int(number))["comments"].append(sent["body"])
                return web.json_response({"id": 1}, status=201)
            case "PATCH", [number]:
                self.get(int(number)).update(sent)
                return web.json_response(self.get(int(number)))
        raise AssertionError(f"nobody expects {call}")

    def _page(self, query):
        assert (query["state"], query["direction"], query["sort"]) == ("open", "asc", "created")
        size, page = int(query["per_page"]), int(query["page"])
        found = [each for each in self.issues if each["state"] == "open"]
        return found[size * (page - 1) : size * page]


def answering(**response):
    return lambda: web.Response(**response)
