"""Calls Google's REST APIs as whoever an access token stands for."""

from collections.abc import Iterator, Mapping
from typing import Any

import requests
import urllib3
from requests.auth import AuthBase

from deploy.documents import LARGEST_BYTES, UnreadableError, read

ENDPOINT = "https://{service}.googleapis.com"
SAFE = ("https://", "http://127.0.0.1:")
"""How an address has to begin that is given a token."""
TIMEOUT_S = 30
MOST_PAGES = 1000
REFUSALS = {
    401: "the access token is not valid, or not any more: get a new one and run it again",
    403: "who the access token stands for may not do this: see the grants in terraform/bootstrap/",
    404: "it is not there: run make bootstrap, and look at the name",
    429: "too many calls: wait a minute and run it again",
}


class GoogleError(Exception):
    """A call was not answered as it has to be; the text says what to do."""


class _Bearer(AuthBase):
    """The token. As a plain header, requests would let a .netrc take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Google:
    """The APIs, by the first part of their host's name."""

    def __init__(self, token: str, endpoint: str = ENDPOINT) -> None:
        """Keep a token for as long as this object lives; it is written nowhere.

        Args:
            token: an OAuth access token, of about an hour.
            endpoint: where the APIs are, with `{service}` in it; on loopback for a rehearsal.

        Raises:
            GoogleError: the token would travel in the clear, or is none.
        """
        if not endpoint.startswith(SAFE):
            raise GoogleError("an access token goes over https alone, or to this machine itself")
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise GoogleError("no access token, or not one word: set GOOGLE_OAUTH_ACCESS_TOKEN")
        self._auth = _Bearer(token)
        self._endpoint = endpoint

    def get(self, service: str, path: str, **parameters: str) -> dict[str, Any]:
        """Read something; the path begins with the API's version.

        Raises:
            GoogleError: it cannot be read.
        """
        return self._call("GET", service, path, params=parameters)

    def post(self, service: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make or compute something.

        Raises:
            GoogleError: it was not done, or nobody knows.
        """
        return self._call("POST", service, path, json=body)

    def pages(
        self, service: str, path: str, field: str, **parameters: str
    ) -> Iterator[dict[str, Any]]:
        """Read all entries of a list.

        Raises:
            GoogleError: a page cannot be read, or says that it knows only a part.
        """
        for _ in range(MOST_PAGES):
            page = self.get(service, path, **parameters)
            if page.get("unreachable"):
                raise GoogleError(f"{service}, {path}: a part could not be reached; run it again")
            entries = page.get(field, [])
            if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
                raise GoogleError(f"{service}, {path}: {field} is no list of objects")
            yield from entries
            token = page.get("nextPageToken")
            if not token:
                return
            parameters["pageToken"] = str(token)
        raise GoogleError(f"{service}, {path}: more than {MOST_PAGES} pages")

    def _call(self, verb: str, service: str, path: str, **content: Any) -> dict[str, Any]:
        name = f"{service}, {path}"
        url = f"{self._endpoint.format(service=service)}/{path}"
        try:
            with requests.request(
                verb,
                url,
                auth=self._auth,
                timeout=TIMEOUT_S,
                # Where an answer points to is none of the token's business.
                allow_redirects=False,
                stream=True,
                **content,
            ) as answer:
                raw = answer.raw.read(LARGEST_BYTES + 1, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as exc:
            # The text of an exception may hold the address of a proxy, with its password.
            raise GoogleError(f"{name}: no answer ({type(exc).__name__}); run it again") from None
        if answer.status_code != requests.codes.ok:
            why = REFUSALS.get(answer.status_code) or _said(raw) or "run it again"
            raise GoogleError(f"{name}: HTTP {answer.status_code}: {why}")
        try:
            return read(raw)
        except UnreadableError as exc:
            raise GoogleError(f"{name}: the answer is not what the API documents: {exc}") from exc


def _said(raw: bytes) -> str:
    """Take Google's own words out of an error; they can hold names, and no secrets."""
    try:
        words = str(read(raw)["error"]["message"])[:200]
    except (UnreadableError, LookupError, TypeError):
        return ""
    return "".join(each if each.isprintable() else "?" for each in words)
