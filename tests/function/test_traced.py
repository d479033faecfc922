"""The function with traces under its production command, and without them."""

import json
import subprocess
import sys

import pytest
import requests

from local import layout
from local.faults import Fault
from local.layout import ROOT, Ports
from local.stack import answers
from tests.function_environment import environment, push_body
from tests.otlp import collecting
from tests.traceparents import GOOD, HOSTILE, SPAN, TRACE

PUSH = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""What Cloud Run says of the push request: another trace than the publisher's."""


@pytest.fixture(scope="module")
def collector():
    with collecting() as running:
        yield running


@pytest.fixture
def push(serve, collector, push_headers):
    """Push one message to a traced function; give the answer's status and the spans."""
    with serve(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_TRACES_SAMPLER_ARG="1") as child:

        def push(body, *, spans=2, token=True, **headers):
            collector.spans.clear()
            collector.bodies.clear()
            headers = {**(push_headers if token else {}), **headers}
            response = requests.post(child.url, data=body, headers=headers, timeout=20)
            return response.status_code, collector.await_spans(spans)

        push.child = child
        yield push


def test_a_push_links_to_its_publisher_and_its_insert_is_below_it(push, dataset, rows_of):
    status, (insert, process) = push(
        push_body(attributes={"googclient_traceparent": GOOD}), traceparent=PUSH
    )
    assert status == 204
    assert (process.service, process.name) == ("pubsub-to-bigquery", "process push")
    assert process.links == [(TRACE, SPAN)]
    assert (process.trace_id, process.parent_id) == tuple(PUSH.split("-")[1:3])
    assert (insert.name, insert.trace_id) == ("insert", process.trace_id)
    assert insert.parent_id == process.span_id
    assert process.attributes == {
        "messaging.system": "gcp_pubsub",
        "messaging.message.id": "1001",
        "http.response.status_code": 204,
    }
    assert insert.attributes["db.collection.name"] == f"{layout.PROJECT}.{dataset}.example_table"
    assert len(rows_of(dataset)) == 1


def test_a_poison_messages_insert_is_into_the_quarantine(push):
    status, (insert, process) = push(push_body(b"swordfish"))
    assert status == 204
    assert insert.attributes["db.collection.name"].endswith("example_table_quarantine")
    assert process.links == []


ATTRIBUTES = {
    **{name: {"googclient_traceparent": raw} for name, raw in HOSTILE.items()},
    "another name": {"traceparent": GOOD, "Googclient_traceparent": GOOD},
    "10,000 of them": {f"googclient_{number}": GOOD for number in range(10_000)},
    "a flood of tracestate": {"googclient_tracestate": "a=b," * 100_000},
    "values like spans": {"messaging.system": "swordfish", "http.response.status_code": "200"},
}
del ATTRIBUTES["half of a surrogate pair"]  # the envelope refuses it before


def test_whatever_the_attributes_the_row_is_kept_and_nothing_is_linked(push, dataset, rows_of):
    for number, attributes in enumerate(ATTRIBUTES.values()):
        body = push_body(b'{"id": %d}' % number, messageId=f"m{number}", attributes=attributes)
        status, (insert, process) = push(body, baggage="swordfish=1", tracestate="swordfish=1")
        assert (status, process.links, process.raw.trace_state) == (204, [], "")
        assert len(process.attributes) == 3
        assert insert.trace_id == process.trace_id != TRACE
    assert len(rows_of(dataset)) == len(ATTRIBUTES)


def test_a_message_id_of_any_length_has_an_end(push):
    status, (_, process) = push(push_body(messageId="m" * 100_000))
    assert status == 204
    assert process.attributes["messaging.message.id"] == "m" * 256


@pytest.mark.parametrize(
    ("body", "token", "status"),
    [
        (push_body(attributes={"googclient_traceparent": GOOD}), False, 401),
        (push_body(subscription="projects/p/subscriptions/swordfish"), True, 403),
        (b"swordfish", True, 400),
    ],
)
def test_a_refusal_is_a_span_that_tells_its_status_alone(push, collector, body, token, status):
    answered, (process,) = push(body, spans=1, token=token)
    assert answered == status
    assert process.links == []
    assert process.attributes == {
        "messaging.system": "gcp_pubsub",
        "http.response.status_code": status,
    }
    assert b"swordfish" not in b"".join(collector.bodies)


def test_an_insert_that_fails_is_an_error_without_its_words(push, collector, faults):
    faults.plan(Fault("status", status=400, times=None))
    status, spans = push(push_body(b'{"id": 1, "name": "swordfish"}'))
    assert status == 503
    assert [(span.raw.status.code, span.raw.status.message) for span in spans] == [(2, "")] * 2
    assert b"swordfish" not in b"".join(collector.bodies)


def test_probes_have_no_spans(push, collector):
    collector.spans.clear()
    for path in ("/health/live", "/health/ready"):
        assert answers(f"{push.child.url}{path}")
    assert requests.get(push.child.url, timeout=10).status_code == 405
    assert collector.spans == []


IMPORTS = """
import json, os, sys
import functions_framework
variables, headers, body = json.loads(sys.argv[1])
os.environ.update(variables)
client = functions_framework.create_app("ingest_data", "function/main.py").test_client()
def found():
    return sorted(n for n in sys.modules if n.startswith("opentelemetry") or "traces" in n)
assert client.post("/", data=body).status_code == 401
refused = found()
answer = client.post("/", data=body, headers=headers)
assert answer.status_code == 204, answer.data
print(json.dumps([refused, found()]), file=sys.stderr)
sys.stderr.flush()
os._exit(0)  # a collector that is not there is nothing to wait for
"""


@pytest.fixture
def imported(token_issuer, faults, dataset, push_headers):
    """What a process has imported after a refusal, and after a row is durable."""

    def imported(**changes):
        variables = environment(
            DATASET=dataset,
            KEYS_URL=token_issuer.keys_url,
            BIGQUERY_EMULATOR_HOST=faults.url,
            **changes,
        )
        body = push_body(attributes={"googclient_traceparent": GOOD}).decode()
        done = subprocess.run(
            [sys.executable, "-c", IMPORTS, json.dumps([variables, push_headers, body])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stderr.splitlines()[-1])

    return imported


def test_without_traces_nothing_of_them_is_imported(imported):
    """BigQuery's client imports OpenTelemetry's interfaces for itself, wherever they are."""
    refused, kept = imported()
    assert refused == []
    for name in kept:
        assert not name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")), name
        assert "traces" not in name


def test_with_traces_they_are(imported):
    refused, _ = imported(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{Ports.free().api}")
    assert {"servicekit.traces", "opentelemetry.sdk.trace"} <= set(refused)
