"""One message's way in traces: its publisher, the push that is linked to it, the read behind it."""

import subprocess
import sys

import pytest

from local import layout
from local.caller import mint, pages
from local.layout import ROOT, Ports
from local.stack import Stack
from tests.otlp import collecting

PUBLISHER = """
import sys
import grpc
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import PublisherOptions
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
host, topic, collector = sys.argv[1:]
provider = TracerProvider(resource=Resource.create({"service.name": "publisher"}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{collector}/v1/traces")))
trace.set_tracer_provider(provider)
client = PublisherClient(
    publisher_options=PublisherOptions(enable_open_telemetry_tracing=True),
    transport=PublisherGrpcTransport(channel=grpc.insecure_channel(host)),
)
with client:
    print(client.publish(topic, b'{"id": 7, "name": "traced"}').result(30))
"""
"""A publisher as anybody writes one, with Google's own tracing switched on."""


@pytest.fixture
def collector():
    with collecting() as running:
        yield running


@pytest.fixture
def stack(collector, tmp_path):
    changes = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_TRACES_SAMPLER_ARG": "1",
    }
    with Stack(
        Ports.free(),
        pubsub="embedded",
        api_changes={**changes, "CACHE_TTL": "0ms"},
        function_changes=changes,
        folder=tmp_path,
    ) as running:
        yield running


def test_a_message_can_be_followed_from_its_publisher_to_its_reader(stack, collector):
    host = f"127.0.0.1:{stack.ports.pubsub}"
    done = subprocess.run(
        [sys.executable, "-c", PUBLISHER, host, layout.TOPIC, collector.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    message_id = done.stdout.strip()
    await_span(collector, "process push")
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    (rows,) = pages(stack.ports.url("api"), token, "limit=5")
    assert rows == [{"id": 7, "name": "traced"}]

    create = await_span(collector, f"{layout.TOPIC.rpartition('/')[2]} create")
    process = await_span(collector, "process push")
    assert process.links == [(create.trace_id, create.span_id)]
    assert process.trace_id != create.trace_id
    assert process.attributes["messaging.message.id"] == message_id
    insert, read, query = (await_span(collector, name) for name in ("insert", "GET /data", "query"))
    assert (insert.trace_id, insert.parent_id) == (process.trace_id, process.span_id)
    assert (query.trace_id, query.parent_id) == (read.trace_id, read.span_id)
    assert [span.service for span in (create, process, read)] == [
        "publisher",
        "pubsub-to-bigquery",
        "data-api",
    ]
    ours = [span for span in collector.spans if span.service != "publisher"]
    assert len(ours) == 4


def await_span(collector, name):
    """Give the one span of this name, once it is there."""
    for count in range(1, 100):
        found = [span for span in collector.await_spans(count, timeout_s=10) if span.name == name]
        if found:
            assert len(found) == 1
            return found[0]
    raise AssertionError(f"no span {name}")
