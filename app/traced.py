"""GET /data with spans around the request and its query; imported only where there are traces."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, request
from opentelemetry.trace import SpanKind

from app.problems import Problem
from app.selection import Selection
from app.store import Page, Store
from servicekit.logs import Log
from servicekit.trace_settings import TraceSettings
from servicekit.traces import Traces, answer

SERVICE = "data-api"


class Tracing:
    """Puts spans around parts of the API."""

    def __init__(self, settings: TraceSettings, log: Log) -> None:
        self._traces = Traces(settings, SERVICE, log)

    def store(self, store: Store, table: str) -> Store:
        """Make a span of each read."""
        return _TracedStore(store, self._traces, table)

    def view(self, path: str, view: Callable[[], Response]) -> Callable[[], Response]:
        """Make a span of each request; its name is the route, so nothing that the caller chose."""

        def traced() -> Response:
            with self._traces.request(f"GET {path}", SpanKind.SERVER, request.headers) as span:
                span.set_attributes({"http.request.method": "GET", "http.route": path})
                try:
                    response = view()
                except Problem as problem:
                    answer(span, problem.status.value)
                    raise
                except Exception:
                    answer(span, HTTPStatus.INTERNAL_SERVER_ERROR.value)
                    raise
                answer(span, response.status_code)
                return response

        return traced


class _TracedStore:
    def __init__(self, store: Store, traces: Traces, table: str) -> None:
        self._store = store
        self._traces = traces
        self._table = table

    def read(self, selection: Selection) -> Page:
        with self._traces.step("query", self._table):
            return self._store.read(selection)

    def check(self) -> None:
        self._store.check()  # probes are no requests
