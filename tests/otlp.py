"""A collector for tests: a real server for OTLP over HTTP that keeps what it was sent."""

import asyncio
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from local.serving import serving


@dataclass
class Sent:
    """A span as it came over the wire."""

    service: str
    raw: object

    @property
    def name(self):
        return self.raw.name

    @property
    def trace_id(self):
        return self.raw.trace_id.hex()

    @property
    def span_id(self):
        return self.raw.span_id.hex()

    @property
    def parent_id(self):
        return self.raw.parent_span_id.hex()

    @property
    def links(self):
        return [(link.trace_id.hex(), link.span_id.hex()) for link in self.raw.links]

    @property
    def attributes(self):
        found = {}
        for pair in self.raw.attributes:
            found[pair.key] = getattr(pair.value, pair.value.WhichOneof("value"))
        return found


class Collector:
    """Takes spans, or does what a bad collector does: `status` and `delay_s` say."""

    def __init__(self):
        self.spans = []
        self.bodies = []
        self.status, self.delay_s = 200, 0.0
        self.url = None
        self._lock = threading.Lock()

    async def take(self, request):
        body = await request.read()
        await asyncio.sleep(self.delay_s)
        if self.status != 200:
            return web.Response(status=self.status, text="swordfish " * 1000)
        message = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            self.bodies.append(body)
            for resource in message.resource_spans:
                names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.spans += [Sent(names["service.name"], span) for span in scope.spans]
        return web.Response()

    def await_spans(self, count, timeout_s=10):
        """Wait until so many spans are there; give all of them."""
        until = time.monotonic() + timeout_s
        while len(self.spans) < count and time.monotonic() < until:
            time.sleep(0.02)
        with self._lock:
            return list(self.spans)


@contextmanager
def collecting():
    """Run a collector on loopback."""
    collector = Collector()
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post("/v1/traces", collector.take)
    with serving(app) as url:
        collector.url = url
        yield collector
