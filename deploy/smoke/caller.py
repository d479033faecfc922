"""Asks the API, with a token of our own or with none that counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests

SAFE = ("https://", "http://127.0.0.1:")
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
TIMEOUT_S = 30
"""More than a new instance takes to start."""


class SmokeError(Exception):
    """The test could not be made; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    body: bytes = field(repr=False)

    @property
    def of_the_service(self) -> bool:
        """Whether the service itself says no: its errors are problem details (RFC 9457)."""
        return self.content_type.partition(";")[0].strip() == "application/problem+json"


@dataclass(frozen=True, slots=True)
class Api:
    """A deployed data-api: the service, or a candidate at the address of its tag."""

    url: str
    token: str = field(repr=False)
    """An ID token of the smoke identity for this service's audience."""

    def __post_init__(self) -> None:
        """Refuse what would send the token in the clear, or send none.

        Raises:
            SmokeError: saying which.
        """
        if not self.url.startswith(SAFE) or self.url.endswith("/"):
            raise SmokeError("give the API's address as https://HOST, without a path")
        if not TOKEN.fullmatch(self.token):
            raise SmokeError("SMOKE_ID_TOKEN is no ID token: docs/deploy.md says how to get one")

    def get(self, headers: Mapping[str, str] | None = None, query: str = "limit=1") -> Answer:
        """GET /data, with our token unless other headers are given.

        Raises:
            SmokeError: there is no answer at all.
        """
        sent = {"Authorization": f"Bearer {self.token}"} if headers is None else dict(headers)
        try:
            with requests.Session() as session:
                # A .netrc would put credentials where none are to be.
                session.trust_env = False
                answer = session.get(
                    f"{self.url}/data?{query}",
                    headers=sent,
                    timeout=TIMEOUT_S,
                    allow_redirects=False,
                )
        except requests.RequestException as exc:
            raise SmokeError(f"{self.url} does not answer: {type(exc).__name__}") from None
        return Answer(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)
