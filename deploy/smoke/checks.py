"""Who is let in: our own identity is, and whoever forges a token is stopped before the service.

In front of a private service Cloud Run verifies each token and takes its signature away before it
hands it on, so the service believes a token without one. Were the service public, anybody could
write such a token: that is why it is tried from outside, and why it must be the platform that says
no. Source: https://cloud.google.com/run/docs/authenticating/service-to-service
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from deploy.smoke.caller import Answer, Api

REMOVED_SIGNATURE = "SIGNATURE_REMOVED_BY_GOOGLE"
NO_ROWS = "it answered with something else than rows"
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    complaint: str = ""
    """Empty if it is as it has to be."""


def of(api: Api) -> Iterator[Check]:
    """Make every check.

    Raises:
        SmokeError: the API does not answer.
    """
    yield Check("the smoke identity reads", _reads(api.get()))
    for name, headers in _forged(api.token).items():
        yield Check(f"{name}: refused by the platform", _refused(api.get(headers)))


def _forged(token: str) -> dict[str, dict[str, str]]:
    unsigned, _, signature = token.rpartition(".")
    # The middle: the last character may hold bits that do not count.
    half = len(signature) // 2
    other = "A" if signature[half] != "A" else "B"
    changed = f"{unsigned}.{signature[:half]}{other}{signature[half + 1 :]}"
    removed = f"{unsigned}.{REMOVED_SIGNATURE}"
    return {
        "no token": {},
        "a token whose signature was removed": {"Authorization": f"Bearer {removed}"},
        "the same in the platform's own header": {
            "X-Serverless-Authorization": f"Bearer {removed}"
        },
        "a token whose signature was changed": {"Authorization": f"Bearer {changed}"},
        "a token without a signature": {"Authorization": f"Bearer {unsigned}."},
    }


def _reads(answer: Answer) -> str:
    if answer.status != HTTPStatus.OK:
        return f"it answered {answer.status}"
    return NO_ROWS if rows(answer) is None else ""


def rows(answer: Answer) -> list[dict[str, Any]] | None:
    """Read the rows of an answer; None if it has something else."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    is_rows = isinstance(told, list) and all(isinstance(each, dict) for each in told)
    return told if is_rows else None


def _refused(answer: Answer) -> str:
    if answer.status not in REFUSED:
        return f"it answered {answer.status}: the platform lets everybody in"
    if answer.of_the_service:
        return "the service had to say no itself: the platform lets everybody in"
    return ""
