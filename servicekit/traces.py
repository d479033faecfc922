"""A few spans of our own for an OpenTelemetry collector; imported only where there are traces.

The provider is ours alone and never the process's: through that one, libraries would add spans with
what they think worth telling, queries and URLs among it. Names and values of ours are constants,
settings, or what was checked before; texts of errors, which may quote rows, are in none of them.
"""

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode
from werkzeug.datastructures import Headers

from servicekit import traceparent
from servicekit.collector import TIMEOUT_S, Collector, Handover
from servicekit.logs import Log
from servicekit.trace_settings import TraceSettings
from servicekit.traceparent import Remote

LIMITS = SpanLimits(
    max_span_attributes=16,
    max_attribute_length=256,
    max_links=1,
    max_link_attributes=0,
    max_events=0,
)
MAX_SPANS, BATCH_SPANS = 512, 128
"""Kept for a collector that is away, the oldest leaving first; and sent at once."""


class Traces:
    """Makes spans and hands them over.

    It starts with its first request, since the servers fork after the start and threads do not
    survive that.
    """

    def __init__(self, settings: TraceSettings, service: str, log: Log) -> None:
        endpoint = f"{settings.endpoint.rstrip('/')}/v1/traces"
        self._collector = Collector(OTLPSpanExporter(endpoint, timeout=TIMEOUT_S), log)
        self._share = settings.share
        self._service = service
        self._lock = threading.Lock()
        self._started: tuple[trace.Tracer, Handover] | None = None
        # Its exporter has a line for each failure, with the collector's own words; ours is one.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)

    @contextmanager
    def request(self, name: str, kind: SpanKind, headers: Headers) -> Iterator[Span]:
        """Cover a request, if it is drawn; below the span that its `traceparent` names, if one.

        `tracestate` and `baggage` are not read: they would travel on, at any size.
        """
        if not self._draw():
            yield INVALID_SPAN  # takes everything and keeps nothing
            return
        tracer, handover = self._start()
        remote = traceparent.parse(headers.get("traceparent", ""))
        try:
            with tracer.start_as_current_span(
                name,
                context=_below(remote) if remote else Context(),
                kind=kind,
                record_exception=False,
                set_status_on_exception=False,
            ) as span:
                yield span
        finally:
            # Where there is CPU for requests alone, Cloud Run stops us at the answer.
            handover.wait()

    @contextmanager
    def step(self, name: str, table: str) -> Iterator[None]:
        """Cover what a traced request asks of BigQuery."""
        if not trace.get_current_span().is_recording():
            yield
            return
        tracer, _ = self._start()
        with tracer.start_as_current_span(
            name,
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": "gcp.bigquery", "db.collection.name": table},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception:
                span.set_status(StatusCode.ERROR)
                raise

    def _draw(self) -> bool:
        """Decide whether a request is traced, by nothing that came with it.

        A caller who could choose could make us pay for traces. The SDK's samplers believe the
        caller's flag, or decide by the trace id, which is the caller's as well.
        """
        return secrets.randbelow(1 << 32) < self._share * (1 << 32)

    def _start(self) -> tuple[trace.Tracer, Handover]:
        with self._lock:
            if self._started is None:
                self._started = self._connect()
            return self._started

    def _connect(self) -> tuple[trace.Tracer, Handover]:
        provider = TracerProvider(
            sampler=ALWAYS_ON,  # who is traced was drawn before
            resource=Resource.create({"service.name": self._service}),
            span_limits=LIMITS,
        )
        sender = BatchSpanProcessor(
            self._collector, max_queue_size=MAX_SPANS, max_export_batch_size=BATCH_SPANS
        )
        provider.add_span_processor(sender)
        return provider.get_tracer(self._service), Handover(sender.force_flush, self._collector)


def answer(span: Span, status: int) -> None:
    """Note a request's HTTP status; from 500 on it is an error of ours."""
    span.set_attribute("http.response.status_code", status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_status(StatusCode.ERROR)


def link(span: Span, raw_traceparent: str) -> None:
    """Link a span to another trace's; to none if that is no `traceparent`.

    Not a parent: what a publisher says is neither ours to continue nor one trace for each message.
    """
    if remote := traceparent.parse(raw_traceparent):
        span.add_link(_context(remote))


def _below(remote: Remote) -> Context:
    return trace.set_span_in_context(trace.NonRecordingSpan(_context(remote)), Context())


def _context(remote: Remote) -> trace.SpanContext:
    return trace.SpanContext(int(remote.trace_id, 16), int(remote.span_id, 16), is_remote=True)
