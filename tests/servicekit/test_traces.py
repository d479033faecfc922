"""Spans of ours: whose children they are, how many there are, and what is never in one."""

import io
import json
import subprocess
import sys
import time

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    Decision,
    ParentBased,
    TraceIdRatioBased,
)
from opentelemetry.trace import SpanKind
from werkzeug.datastructures import Headers

from local.layout import ROOT, free_ports
from servicekit.collector import TIMEOUT_S, WAIT_S
from servicekit.logs import Log, capture_standard_logging
from servicekit.trace_settings import TraceSettings
from servicekit.traces import Traces, answer, link
from tests.otlp import collecting
from tests.traceparents import GOOD, HOSTILE, SPAN, TRACE


@pytest.fixture
def collector():
    with collecting() as running:
        yield running


@pytest.fixture
def stream():
    return io.StringIO()


def start(url, stream, share=1.0):
    return Traces(TraceSettings(url, share), "service-1", Log("p", stream))


def one_request(traces, headers=(), name="GET /data"):
    with traces.request(name, SpanKind.SERVER, Headers(headers)) as span:
        with traces.step("query", "p.d.t"):
            pass
        answer(span, 200)


def test_a_request_and_its_query_are_one_trace_below_the_callers(collector, stream):
    one_request(start(collector.url, stream), {"traceparent": GOOD})
    query, request = collector.await_spans(2)
    assert (request.name, request.trace_id, request.parent_id) == ("GET /data", TRACE, SPAN)
    assert (query.name, query.trace_id, query.parent_id) == ("query", TRACE, request.span_id)
    assert {request.service, query.service} == {"service-1"}
    assert request.attributes == {"http.response.status_code": 200}
    assert query.attributes == {"db.system.name": "gcp.bigquery", "db.collection.name": "p.d.t"}
    assert stream.getvalue() == ""


def test_the_spans_are_there_when_the_request_ends(collector, stream, monkeypatch):
    """Cloud Run may take the CPU away right after."""
    monkeypatch.setattr("servicekit.collector.WAIT_S", 20.0)  # this machine may be busy
    traces = start(collector.url, stream)
    for number in range(1, 12):
        one_request(traces)
        assert len(collector.spans) == 2 * number


HEADERS = {name: raw for name, raw in HOSTILE.items() if not {"\r", "\n"} & set(raw)}
"""Without those two characters, which are refused before a header can be made at all."""


@pytest.mark.parametrize("raw", HEADERS.values(), ids=HEADERS.keys())
def test_a_hostile_traceparent_begins_a_trace_of_ours(collector, stream, raw):
    one_request(start(collector.url, stream), {"traceparent": raw})
    _, request = collector.await_spans(2)
    assert request.parent_id == ""
    assert request.trace_id not in {TRACE, "0" * 32}


def test_tracestate_and_baggage_go_nowhere(collector, stream):
    flood = ",".join(f"swordfish{number}=x" for number in range(10_000))
    headers = {"traceparent": GOOD, "tracestate": flood, "baggage": flood}
    one_request(start(collector.url, stream), headers)
    spans = collector.await_spans(2)
    assert [span.raw.trace_state for span in spans] == ["", ""]
    assert b"swordfish" not in b"".join(collector.bodies)


FORCED = {
    "flag": f"00-{'f' * 32}-{SPAN}-01",
    "trace id": f"00-{'0' * 31}1-{SPAN}-00",
    "both": f"00-{'0' * 31}1-{SPAN}-01",
    "random flag": f"00-{'0' * 31}1-{SPAN}-03",
}
"""What the samplers of the SDK would be moved by: a flag, or an id of few bits."""


def test_the_samplers_of_the_sdk_would_be_moved():
    """So that the cases below are known to be attacks."""
    by_id = TraceIdRatioBased(0.000001).should_sample(None, 1, "x")
    assert by_id.decision is Decision.RECORD_AND_SAMPLE
    flagged = trace.SpanContext(1, 1, is_remote=True, trace_flags=trace.TraceFlags(1))
    context = trace.set_span_in_context(trace.NonRecordingSpan(flagged))
    by_flag = ParentBased(ALWAYS_OFF).should_sample(context, 1, "x")
    assert by_flag.decision is Decision.RECORD_AND_SAMPLE


@pytest.mark.parametrize("raw", FORCED.values(), ids=FORCED.keys())
def test_no_caller_can_have_a_request_traced(collector, stream, raw):
    traces = start(collector.url, stream, share=0.0)
    for _ in range(200):
        one_request(traces, {"traceparent": raw})
    traces._start()[1]._flush()
    assert collector.spans == []


@pytest.mark.parametrize("raw", ["", f"00-{'f' * 32}-{SPAN}-00", FORCED["both"]])
def test_nor_can_one_have_it_left_out(collector, stream, raw):
    traces = start(collector.url, stream, share=1.0)
    for _ in range(20):
        one_request(traces, {"traceparent": raw})
    assert len(collector.await_spans(40)) == 40


@pytest.mark.parametrize("raw", ["", FORCED["both"], f"00-{'f' * 32}-{SPAN}-00"])
def test_the_share_is_of_all_requests_alike(collector, stream, raw):
    """1,000 draws at a fifth: fewer than 120 or more than 280 is once in a billion."""
    traces = start(collector.url, stream, share=0.2)
    for _ in range(1000):
        one_request(traces, {"traceparent": raw})
    traces._start()[1]._flush()
    names = [span.name for span in collector.spans]
    assert 120 < names.count("GET /data") < 280
    assert names.count("query") == names.count("GET /data")


def test_a_request_does_not_inherit_the_one_before(collector, stream):
    traces = start(collector.url, stream)
    one_request(traces, {"traceparent": GOOD})
    one_request(traces)
    _, first, _, second = collector.await_spans(4)
    assert first.trace_id == TRACE
    assert second.trace_id != TRACE
    assert second.parent_id == ""


def test_a_link_is_no_parent(collector, stream):
    with start(collector.url, stream).request("process", SpanKind.CONSUMER, Headers()) as span:
        link(span, GOOD)
    (sent,) = collector.await_spans(1)
    assert sent.links == [(TRACE, SPAN)]
    assert (sent.parent_id, sent.trace_id != TRACE) == ("", True)


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_traceparent_is_no_link(collector, stream, raw):
    with start(collector.url, stream).request("process", SpanKind.CONSUMER, Headers()) as span:
        link(span, raw)
    (sent,) = collector.await_spans(1)
    assert sent.links == []


def test_a_span_has_an_end_whatever_is_put_into_it(collector, stream):
    with start(collector.url, stream).request("GET /data", SpanKind.SERVER, Headers()) as span:
        for number in range(10_000):
            span.set_attribute(f"a{number}", "x" * (1 << 12))
            span.add_event("e", {"a": "x" * (1 << 12)})
            link(span, GOOD)
    (sent,) = collector.await_spans(1)
    assert (len(sent.raw.attributes), len(sent.raw.links), len(sent.raw.events)) == (16, 1, 0)
    assert {len(value) for value in sent.attributes.values()} == {256}
    assert len(collector.bodies[0]) < 10_000


def test_a_failure_is_marked_and_its_words_stay_here(collector, stream):
    traces = start(collector.url, stream)

    def fail():
        with traces.request("GET /data", SpanKind.SERVER, Headers()) as span:
            answer(span, 503)
            with traces.step("query", "p.d.t"):
                raise ValueError("swordfish")

    with pytest.raises(ValueError, match="swordfish"):
        fail()
    query, request = collector.await_spans(2)
    assert [span.raw.status.code for span in (query, request)] == [2, 2]
    assert b"swordfish" not in b"".join(collector.bodies)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (404, 0), (499, 0), (500, 2), (503, 2)])
def test_from_500_on_it_is_an_error_of_ours(collector, stream, status, code):
    with start(collector.url, stream).request("GET /data", SpanKind.SERVER, Headers()) as span:
        answer(span, status)
    (sent,) = collector.await_spans(1)
    assert (sent.attributes, sent.raw.status.code) == ({"http.response.status_code": status}, code)


def test_the_provider_is_not_the_processs(collector, stream):
    """Libraries ask for that one: Google's would put queries into spans of theirs."""
    with (
        start(collector.url, stream).request("GET /data", SpanKind.SERVER, Headers()),
        trace.get_tracer("a library").start_as_current_span("SELECT swordfish"),
    ):
        pass
    assert [span.name for span in collector.await_spans(1)] == ["GET /data"]


@pytest.mark.parametrize("kind", ["refuses", "503", "400", "hangs"])
def test_a_bad_collector_slows_one_request_and_is_one_line(collector, stream, kind):
    collector.status = {"503": 503, "400": 400}.get(kind, 200)
    collector.delay_s = 5.0 if kind == "hangs" else 0.0
    url = f"http://127.0.0.1:{free_ports(1)[0]}" if kind == "refuses" else collector.url
    log = Log("p", stream)
    capture_standard_logging(log)
    traces = start(url, stream)
    took_s = []
    for _ in range(300):
        started = time.monotonic()
        one_request(traces)
        took_s.append(time.monotonic() - started)
    # A busy machine may hold up some others; who waited each time would be late 300 times.
    assert sum(took > WAIT_S / 2 for took in took_s) <= 20
    time.sleep(TIMEOUT_S)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    # On a busy machine even a refusal may take longer than a request waits.
    (event,) = [line["event"] for line in lines]
    assert event in {"traces.late", "traces.undelivered"}
    assert "swordfish" not in stream.getvalue()


def test_what_waits_for_a_collector_is_bounded(stream):
    traces = start(f"http://127.0.0.1:{free_ports(1)[0]}", stream)
    traces._start()
    traces._collector.give_up()
    for _ in range(2000):
        one_request(traces)
    (sender,) = traces._started[0].span_processor._span_processors
    assert len(sender._batch_processor._queue) <= 512


FORKS = """
import io, os, sys
from opentelemetry.trace import SpanKind
from werkzeug.datastructures import Headers
from servicekit.logs import Log
from servicekit.trace_settings import TraceSettings
from servicekit.traces import Traces
traces = Traces(TraceSettings(sys.argv[1], 1.0), "forked", Log("p", io.StringIO()))
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with traces.request("in the child", SpanKind.SERVER, Headers()):
    pass
os._exit(0)
"""


def test_what_was_made_before_a_fork_sends_after_it(collector):
    subprocess.run([sys.executable, "-c", FORKS, collector.url], cwd=ROOT, check=True, timeout=30)
    assert [span.name for span in collector.await_spans(1)] == ["in the child"]
