"""Talks to the local pipeline as its users do: with tokens of the local issuer."""

from collections.abc import Iterator
from typing import Any

import requests

TIMEOUT_S = 15


def mint(issuer: str, email: str, audience: str, **claims: Any) -> str:
    """Get an ID token from the local issuer; `claims` replace the usual ones."""
    wanted = {"email": email, "audience": audience, **claims}
    answer = requests.post(f"{issuer}/mint", json=wanted, timeout=TIMEOUT_S)
    answer.raise_for_status()
    return str(answer.json()["id_token"])


def bearer(token: str) -> dict[str, str]:
    """Write the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def pages(api: str, token: str, query: str = "limit=200") -> Iterator[list[dict[str, Any]]]:
    """Read GET /data page by page, following the links.

    Raises:
        requests.HTTPError: the API refused.
    """
    url: str | None = f"{api}/data?{query}"
    while url:
        answer = requests.get(url, headers=bearer(token), timeout=TIMEOUT_S)
        answer.raise_for_status()
        yield answer.json()
        link = answer.links.get("next")
        url = f"{api}{link['url']}" if link else None
