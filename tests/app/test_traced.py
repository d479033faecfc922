"""data-api with traces under its production command, and without them."""

import http.client
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local import layout
from local.faults import Fault
from local.layout import ROOT, Ports
from tests.app.production import AUDIENCE, READER
from tests.otlp import collecting
from tests.traceparents import GOOD, SPAN, TRACE

STRANGER = "stranger@x.iam.gserviceaccount.com"
EACH = {"OTEL_TRACES_SAMPLER_ARG": "1", "CACHE_TTL": "0s"}
"""Each request is traced, and asks BigQuery itself."""
ROUTE = {"http.request.method": "GET", "http.route": "/data"}


@pytest.fixture
def collector():
    with collecting() as running:
        yield running


@pytest.fixture
def traced(serve, collector):
    with serve(**EACH, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as child:
        yield child


@pytest.fixture
def ask(token_issuer):
    def ask(served, path="/data", *, email=READER, **headers):
        if email:
            token = token_issuer.issuer.mint(email, AUDIENCE)
            headers["Authorization"] = f"Bearer {token}"
        return requests.get(f"{served.url}{path}", headers=headers, timeout=20)

    return ask


def test_a_read_and_its_query_are_one_trace(traced, ask, collector, dataset):
    assert ask(traced, traceparent=GOOD).status_code == 200
    query, read = collector.await_spans(2)
    assert (read.service, read.name, read.trace_id) == ("data-api", "GET /data", TRACE)
    assert (read.parent_id, query.parent_id) == (SPAN, read.span_id)
    assert read.attributes == {**ROUTE, "http.response.status_code": 200}
    assert query.attributes["db.collection.name"] == f"{layout.PROJECT}.{dataset}.example_table"
    line = next(x for x in traced.log_path.read_text("utf-8").splitlines() if "data.read" in x)
    assert json.loads(line)["logging.googleapis.com/trace"].endswith(f"/traces/{TRACE}")


@pytest.mark.parametrize(
    ("path", "email", "status"),
    [
        ("/data", None, 401),
        ("/data", STRANGER, 403),
        ("/data?name=swordfish&limit=swordfish", READER, 400),
        ("/data?name=swordfish", READER, 200),
    ],
)
def test_a_span_tells_the_status_and_nothing_of_the_request(
    traced, ask, collector, path, email, status
):
    headers = {"User-Agent": "swordfish", "X-Forwarded-For": "swordfish", "baggage": "swordfish=1"}
    assert ask(traced, path, email=email, **headers).status_code == status
    read = collector.await_spans(1)[-1]
    assert read.attributes == {**ROUTE, "http.response.status_code": status}
    sent = b"".join(collector.bodies)
    for secret in (b"swordfish", b"eyJ", READER.encode(), STRANGER.encode(), b"limit"):
        assert secret not in sent


def test_a_traceparent_that_is_sent_twice_names_none(traced, collector, token_issuer):
    """Gunicorn joins the two, and nobody may choose which one we read."""
    connection = http.client.HTTPConnection("127.0.0.1", int(traced.url.rpartition(":")[2]))
    connection.putrequest("GET", "/data")
    connection.putheader("Authorization", f"Bearer {token_issuer.issuer.mint(READER, AUDIENCE)}")
    for _ in range(2):
        connection.putheader("traceparent", GOOD)
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()
    read = collector.await_spans(2)[-1]
    assert (read.parent_id, read.trace_id != TRACE) == ("", True)


def test_a_query_that_fails_is_an_error_without_its_words(traced, ask, collector, faults):
    faults.plan(Fault("status", path="queries", status=400, times=None))
    assert ask(traced).status_code == 503
    query, read = collector.await_spans(2)
    assert [span.raw.status.code for span in (query, read)] == [2, 2]
    assert [span.raw.status.message for span in (query, read)] == ["", ""]
    assert list(read.raw.events) == list(query.raw.events) == []


def test_probes_and_documents_have_no_spans(traced, ask, collector):
    for path in ("/health/live", "/health/ready", "/openapi.json", "/nowhere"):
        ask(traced, path)
    ask(traced)
    assert {span.name for span in collector.await_spans(2)} == {"GET /data", "query"}


def test_by_default_one_request_in_a_hundred_is_traced_whatever_its_caller_says(
    serve, ask, collector
):
    """Of 60 requests that all ask for it; more than ten would be once in a hundred million."""
    with serve(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, CACHE_TTL="5m") as child:
        for number in range(60):
            ask(child, traceparent=f"00-{number + 1:032x}-{SPAN}-01")
    time.sleep(0.2)
    assert len(collector.spans) <= 20


@pytest.mark.parametrize("kind", ["refuses", "hangs"])
def test_a_dead_collector_costs_no_answer_and_one_line(serve, ask, collector, kind):
    collector.delay_s = 30.0
    url = collector.url if kind == "hangs" else f"http://127.0.0.1:{Ports.free().api}"
    changes = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_TRACES_SAMPLER_ARG": "1"}
    with serve(**changes, CACHE_TTL="5m") as child:
        ask(child)
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: ask(child).status_code, range(200)))
        assert set(statuses) == {200}
        child.stop()
        lines = [json.loads(line) for line in child.log_path.read_text("utf-8").splitlines()]
    (event,) = [x["event"] for x in lines if x["event"] != "data.read"]
    assert event in {"traces.late", "traces.undelivered"}  # whichever a busy machine has first


IMPORTS = """
import sys
from tests.app.doubles import Api
from local.issuer import Issuer
from servicekit.keys import SigningKeys
import json, os
issuer = Issuer()
keys = SigningKeys("https://keys.test/", lambda _: (json.dumps(issuer.key_set()).encode(), ""))
before = [name for name in sys.modules if name.startswith("opentelemetry")]
api = Api(issuer, keys, **json.loads(sys.argv[1]))
assert api.get(headers={"traceparent": sys.argv[2]}).status_code == 200
found = sorted(
    name for name in sys.modules
    if name.startswith("opentelemetry") or name in ("servicekit.traces", "app.traced")
)
print(json.dumps(found))
os._exit(0)  # a collector that is not there is nothing to wait for
"""


def imported(**changes):
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, json.dumps(changes), GOOD],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_traces_a_served_request_has_imported_nothing_of_them():
    assert imported() == []


def test_with_traces_it_has():
    found = imported(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{Ports.free().api}")
    assert {"app.traced", "servicekit.traces", "opentelemetry.sdk.trace"} <= set(found)
