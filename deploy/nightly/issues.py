"""The issues of a repository on GitHub that a workflow of it has opened with a mark.

Anybody may write an issue with any title and text, so both are nobody's word: ours are those whose
author is the workflows' own app, whose name nobody can take, and that begin with the mark.

Source: https://docs.github.com/en/rest/issues. The token needs `issues: write`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase

from deploy.plans.github import API, REPOSITORY, TIMEOUT_S

AUTHOR = ("github-actions[bot]", "Bot")
"""Who acts with a run's own token. A person's name has no brackets."""
PAGE = 100
MOST_PAGES = 100


class IssuesError(Exception):
    """GitHub did not do it; the text is one line, without the token."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One that is open."""

    number: int
    title: str
    body: str


class _Bearer(AuthBase):
    """The token. As a plain header, requests would let a .netrc take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class Issues:
    """A repository's."""

    repository: str
    """`owner/name`."""
    token: str = field(repr=False)
    mark: str
    """The first line of ours."""
    address: str = API

    def __post_init__(self) -> None:
        """Refuse what would lead to another path."""
        if not REPOSITORY.fullmatch(self.repository):
            raise IssuesError("the repository is to be given as owner/name")

    def ours(self) -> list[Issue]:
        """List those that are open, oldest first.

        Raises:
            IssuesError: not all of them could be seen.
        """
        try:
            found = [
                Issue(int(each["number"]), str(each["title"]), str(each["body"]))
                for each in self._open()
                if self._is_ours(each)
            ]
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            raise IssuesError(
                f"GitHub tells of issues in another shape ({type(exc).__name__})"
            ) from None
        return sorted(found, key=lambda each: each.number)

    def open(self, title: str, body: str) -> int:
        """Open one; gives its number.

        Raises:
            IssuesError: nobody knows whether it is there.
        """
        made = self._call("POST", "", {"title": title, "body": body})
        if not isinstance(made, dict) or not isinstance(made.get("number"), int):
            raise IssuesError("GitHub does not tell the number of the issue that it opened")
        return int(made["number"])

    def rewrite(self, number: int, title: str, body: str) -> None:
        """Put another text in the place of the one that is there.

        Raises:
            IssuesError: it was not done.
        """
        self._call("PATCH", f"/{number}", {"title": title, "body": body})

    def close(self, number: int, why: str, reason: str) -> None:
        """Close it, and say why: the other way round, each try would leave a comment.

        Args:
            number: of the issue.
            why: the comment.
            reason: GitHub's word, `completed` or `not_planned`.

        Raises:
            IssuesError: one of both was not done.
        """
        self._call("PATCH", f"/{number}", {"state": "closed", "state_reason": reason})
        self._call("POST", f"/{number}/comments", {"body": why})

    def _is_ours(self, told: Mapping[str, Any]) -> bool:
        user = told["user"] or {}
        first, _, _ = (told["body"] or "").partition("\n")
        # GitHub lists pull requests among the issues.
        return (
            "pull_request" not in told
            and (user.get("login"), user.get("type")) == AUTHOR
            and first.strip() == self.mark
        )

    def _open(self) -> Iterator[Mapping[str, Any]]:
        for number in range(1, MOST_PAGES + 1):
            asked = {"state": "open", "sort": "created", "direction": "asc"}
            asked |= {"per_page": str(PAGE), "page": str(number)}
            page = self._call("GET", "", params=asked)
            if not isinstance(page, list):
                raise IssuesError("GitHub does not list the issues")
            yield from page
            if len(page) < PAGE:
                return
        raise IssuesError(f"more than {MOST_PAGES * PAGE} open issues and pull requests")

    def _call(
        self,
        verb: str,
        path: str,
        content: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        where = f"issues{path}"
        try:
            answer = requests.request(
                verb,
                f"{self.address}/repos/{self.repository}/{where}",
                params=params,
                json=content,
                headers={
                    "Accept": "application/vnd.github+json",
                    "X-GitHub-Api-Version": "2022-11-28",
                },
                auth=_Bearer(self.token),
                timeout=TIMEOUT_S,
                # The token is for one host.
                allow_redirects=False,
            )
            done = answer.status_code in {requests.codes.ok, requests.codes.created}
            told = answer.json() if done else None
        except (requests.RequestException, ValueError) as exc:
            raise IssuesError(
                f"{verb} {where}: no answer of GitHub's: {type(exc).__name__}"
            ) from None
        if not done:
            raise IssuesError(f"{verb} {where}: GitHub answered {answer.status_code}")
        return told
