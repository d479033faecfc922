"""GET /data, from the headers that prove a caller to the page of rows that the caller gets."""

import hashlib
import json
import math
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from app import cursor, parameters
from app.audit import AuditTrail
from app.problems import Problem, mistake, unavailable
from app.selection import Selection
from app.settings import Settings
from app.store import Store
from servicekit.bigquery import BigQueryUnavailableError
from servicekit.contract import Contract
from servicekit.identity import (
    Caller,
    ForbiddenError,
    TokenVerifier,
    UnauthenticatedError,
    UnavailableError,
)
from servicekit.single_flight import SingleFlight

CHALLENGE = 'Bearer error="invalid_token"'
"""Source: https://www.rfc-editor.org/rfc/rfc6750#section-3"""
MAX_CACHED_PAGES = 256


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as it goes over the wire, the same for every caller who may read."""

    body: bytes
    headers: dict[str, str]
    rows: int
    job_id: str | None


class DataEndpoint:
    """Answers GET /data."""

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        store: Store,
        verifier: TokenVerifier,
        audit: AuditTrail,
    ) -> None:
        self._contract = contract
        self._store = store
        self._verifier = verifier
        self._audit = audit
        self._smoke_callers = settings.smoke_callers
        self._quota = RateLimitItemPerMinute(settings.rate_limit_per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._pages: SingleFlight[RenderedPage] = SingleFlight(
            settings.cache_ttl_s,
            max_entries=MAX_CACHED_PAGES,
            wait_s=settings.query_timeout_s,
        )

    def answer(self, request: Request) -> Response:
        """Hand out one page.

        Raises:
            Problem: there is none to hand out; recorded already.
            AuditError: the decision could not be recorded.
        """
        caller = None
        try:
            caller = self._authenticate(request)
            self._count(caller)
            selection = parameters.parse(request.query_string, self._contract)
            selection = replace(selection, smoke=caller.email in self._smoke_callers)
            page = self._page(selection)
        except Problem as problem:
            self._audit.deny(getattr(problem.__cause__, "caller", caller), problem)
            raise
        except Exception:
            self._audit.deny(caller, mistake())
            raise
        self._audit.allow(caller, selection, page.rows, page.job_id)
        return _respond(request, page)

    def _authenticate(self, request: Request) -> Caller:
        try:
            return self._verifier.verify(request.headers)
        except UnauthenticatedError as exc:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "Send a Google ID token for this service: Authorization: Bearer ID_TOKEN.",
                reason=f"unauthenticated: {exc}",
                headers={"WWW-Authenticate": CHALLENGE},
            ) from exc
        except ForbiddenError as exc:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "This account is not on the service's list of callers.",
                reason="caller_not_listed",
            ) from exc
        except UnavailableError as exc:
            raise unavailable("signing_keys_unavailable") from exc

    def _count(self, caller: Caller) -> None:
        if not self._limiter.hit(self._quota, caller.subject):
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"At most {self._quota.amount} requests a minute.",
                reason="rate_limited",
                headers={"Retry-After": "10"},
            )

    def _page(self, selection: Selection) -> RenderedPage:
        try:
            return self._pages.get(selection, lambda: self._render(selection))
        except (BigQueryUnavailableError, TimeoutError) as exc:
            raise unavailable("store_unavailable") from exc

    def _render(self, selection: Selection) -> RenderedPage:
        page = self._store.read(selection)
        body = (
            json.dumps(_finite(page.rows), ensure_ascii=False, separators=(",", ":")).encode()
            + b"\n"
        )
        headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
        if page.next:
            following = cursor.encode(page.next, selection.filter)
            headers["Link"] = f'</data?{_query_string(selection, following)}>; rel="next"'
        whole = body + headers.get("Link", "").encode()
        headers["ETag"] = f'"{hashlib.sha256(whole).hexdigest()[:32]}"'
        return RenderedPage(body, headers, len(page.rows), page.job_id)


def _respond(request: Request, page: RenderedPage) -> Response:
    if request.if_none_match and request.if_none_match.contains_weak(
        page.headers["ETag"].strip('"')
    ):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=page.headers)
    return Response(page.body, headers=page.headers, content_type="application/json")


def _query_string(selection: Selection, following: str) -> str:
    filter_ = selection.filter
    pairs = [("limit", str(selection.limit))]
    pairs += [(name, _text(value)) for name, value in filter_.equals]
    for name, moment in (("since", filter_.since), ("until", filter_.until)):
        if moment:
            pairs.append((name, moment.isoformat().replace("+00:00", "Z")))
    return urlencode([*pairs, ("cursor", following)])


def _finite(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """JSON has no NaN and no infinity; a FLOAT column may."""
    return [
        {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in rows
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
