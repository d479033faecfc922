"""What a caller is told when there is no data: RFC 9457 problem details, and nothing of ours."""

import json
from http import HTTPStatus
from typing import Any

from flask import Response


class Problem(Exception):  # noqa: N818 - RFC 9457's own name for it
    """An answer other than data.

    Args:
        status: the HTTP status.
        detail: what the caller can do about it; a constant text of ours.
        reason: one word for the audit line.
        headers: more response headers.
        members: more members of the problem object, such as the parameter's name.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        reason: str,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.headers = headers or {}
        self.members = members

    def response(self) -> Response:
        """Render it as `application/problem+json`."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.members,
        }
        return Response(
            json.dumps(body) + "\n",
            status=self.status,
            headers={"Cache-Control": "no-store", **self.headers},
            content_type="application/problem+json",
        )


def mistake() -> Problem:
    """Tell that it is nothing the caller could have done better."""
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Our mistake; it is in our log.", reason="mistake"
    )


def wrong_parameter(name: str, detail: str) -> Problem:
    """Tell which query parameter is wrong and what it must be; its value is not repeated."""
    return Problem(HTTPStatus.BAD_REQUEST, detail, reason="wrong_parameter", parameter=name)


def unavailable(reason: str) -> Problem:
    """Tell that the same request may succeed a little later."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The data cannot be read at the moment. Try again later.",
        reason=reason,
        headers={"Retry-After": "1"},
    )
