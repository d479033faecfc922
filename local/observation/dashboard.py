"""The live page: charts that are drawn here, and a few lines of script that ask for them anew."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.observation.entries import Entry
from local.observation.panels import DARK, LIGHT, PANELS, picture
from local.observation.recorder import Recorder, Sample
from monitoring.log_filter import field

HERE = Path(__file__).parent
SHOWN = 180
"""Seconds that a chart shows."""
THEMES = {"light": LIGHT, "dark": DARK}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
CHART_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A chart has its style inside, and no script can run in an image."""


class Dashboard:
    """Shows what a recorder has."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._drawing = asyncio.Lock()
        self._drawn: dict[str, tuple[int, bytes]] = {}
        """The newest second of each chart, for however many look at it."""
        environment = Environment(
            loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
        )
        self._page = environment.get_template("page.html.j2")

    def application(self) -> web.Application:
        """Serve the page and what it asks for."""
        app = web.Application(middlewares=[_guard])
        app.router.add_get("/", self._html)
        app.router.add_get("/now", self._now)
        app.router.add_get("/panels/{name:[a-z]+}-{theme:[a-z]+}.svg", self._chart)
        for name in ("page.css", "page.js"):
            app.router.add_get(f"/{name}", _file(HERE / name))
        return app

    def _samples(self) -> list[Sample]:
        return list(self._recorder.samples)[-SHOWN:]

    def _state(self) -> dict[str, Any]:
        samples = self._samples()
        number = samples[-1].number if samples else 0
        return {
            "number": number,
            "state": f"Second {number} of the recording",
            "panels": {name: panel.words(samples) for name, panel in PANELS.items()},
            "warnings": [describe(entry) for entry in reversed(list(self._recorder.warnings))],
        }

    async def _html(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._page.render(self._state()), content_type="text/html")

    async def _now(self, _request: web.Request) -> web.Response:
        return web.json_response(self._state())

    async def _chart(self, request: web.Request) -> web.Response:
        panel = PANELS.get(request.match_info["name"])
        theme = THEMES.get(request.match_info["theme"])
        if panel is None or theme is None:
            raise web.HTTPNotFound
        async with self._drawing:
            samples = self._samples()
            number = samples[-1].number if samples else 0
            known, drawn = self._drawn.get(request.path, (-1, b""))
            if known != number:
                drawn = await asyncio.to_thread(picture, panel, samples, theme)
                self._drawn[request.path] = number, drawn
        headers = {"Content-Security-Policy": CHART_POLICY}
        return web.Response(body=drawn, content_type="image/svg+xml", headers=headers)


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    # A page of somebody else's whose name leads to the loopback must not read ours.
    if request.host.rpartition(":")[0] not in {"127.0.0.1", "localhost"}:
        raise web.HTTPForbidden
    response = await handler(request)
    for name, text in HEADERS.items():
        response.headers.setdefault(name, text)
    return response


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return answer


def describe(entry: Entry) -> str:
    """Say an entry in a line; parts of it are of whoever sent the request."""
    request = entry.get("httpRequest")
    if isinstance(request, dict):
        words = [request.get(name) for name in ("requestMethod", "requestUrl", "status")]
    else:
        fields = ("reason", "caller", "error", "text")
        words = [field(entry, "jsonPayload.event")]
        words += [field(entry, f"jsonPayload.fields.{name}") for name in fields]
    service = field(entry, "resource.labels.service_name")
    told = " ".join(str(word) for word in (service, *words) if word is not None)
    return "".join(each if each.isprintable() else "\ufffd" for each in told)[:300]
