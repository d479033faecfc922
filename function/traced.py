"""A push with spans around it and its insert; imported only where there are traces."""

from collections.abc import Callable
from typing import Any

from flask import Request, Response
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from function.batching import Commit
from function.envelope import Message
from servicekit.logs import Log
from servicekit.trace_settings import TraceSettings
from servicekit.traces import Traces, answer, link

SERVICE = "pubsub-to-bigquery"


class Tracing:
    """Puts spans around parts of the function."""

    def __init__(self, settings: TraceSettings, log: Log) -> None:
        self._traces = Traces(settings, SERVICE, log)

    def commit(self, commit: Commit, table: str) -> Commit:
        """Make a span of each row's wait, in its own request: the insert is of many of them."""
        return _TracedCommit(commit, self._traces, table)

    def observe(self, message: Message) -> None:
        """Link the request's span to the publisher's, and name the message.

        The attribute is what google-cloud-pubsub writes, or whoever publishes.
        """
        span = trace.get_current_span()
        link(span, message.attributes.get("googclient_traceparent", ""))
        span.set_attribute("messaging.message.id", message.message_id)

    def view(self, view: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """Make a span of each push; probes have none."""

        def traced(request: Request) -> Response:
            if request.method != "POST":
                return view(request)
            with self._traces.request("process push", SpanKind.CONSUMER, request.headers) as span:
                span.set_attribute("messaging.system", "gcp_pubsub")
                response = view(request)
                answer(span, response.status_code)
                return response

        return traced


class _TracedCommit:
    def __init__(self, commit: Commit, traces: Traces, table: str) -> None:
        self._commit = commit
        self._traces = traces
        self._table = table

    def commit(self, row: dict[str, Any], size_bytes: int, within_s: float) -> None:
        with self._traces.step("insert", self._table):
            self._commit.commit(row, size_bytes, within_s)
