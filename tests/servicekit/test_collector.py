"""A collector that is away costs one request a tenth of a second, and the log one line."""

import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from servicekit.collector import PAUSE_S, WAIT_S, Collector, Handover
from servicekit.logs import Log


class Exporter(SpanExporter):
    """Gives the results it was told to give."""

    def __init__(self, *results):
        self.results = list(results)
        self.closed = False

    def export(self, _spans):
        return self.results.pop(0)

    def shutdown(self):
        self.closed = True


class Timed(SpanExporter):
    """Is told with each export its result and how long it takes."""

    def __init__(self, clock):
        self.clock = clock

    def export(self, told):
        result, took_s = [*told, 0.0][:2]
        self.clock.now_s += took_s
        return result

    def shutdown(self):
        pass


class Slow(SpanExporter):
    """Takes everything, each time later than a request waits."""

    def __init__(self):
        self.exports = 0

    def export(self, _spans):
        self.exports += 1
        time.sleep(0.3)
        return GOOD

    def shutdown(self):
        pass


class Skipping:
    """The real clock, on which pauses can be skipped."""

    def __init__(self):
        self.skipped_s = 0.0

    def __call__(self):
        return time.monotonic() + self.skipped_s


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def clock():
    return Clock()


GOOD, BAD = SpanExportResult.SUCCESS, SpanExportResult.FAILURE


def events(stream):
    return [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("seconds", [0, PAUSE_S / 2, PAUSE_S * 2])
def test_an_outage_is_one_line_however_long(stream, clock, seconds):
    collector = Collector(Exporter(GOOD, *[BAD] * 50, GOOD, BAD), Log("p", stream), clock)
    for _ in range(51):
        collector.export([])
        clock.now_s += seconds
    assert events(stream) == ["traces.undelivered"]
    clock.now_s += PAUSE_S
    collector.export([])
    collector.export([])
    assert events(stream) == ["traces.undelivered"] * 2


def test_requests_that_give_it_up_together_write_one_line(stream):
    collector = Collector(Exporter(), Log("p", stream))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: collector.give_up(), range(64)))
    assert events(stream) == ["traces.late"]


@pytest.mark.parametrize("cause", ["failed", "late"])
def test_nobody_waits_for_it_until_the_pause_is_over(stream, clock, cause):
    """What it takes in the meantime shortens no pause: it may be the very export that was late."""
    collector = Collector(Exporter(BAD, GOOD), Log("p", stream), clock)
    assert collector.answers
    collector.export([])
    if cause == "late":
        clock.now_s += PAUSE_S
        collector.give_up()
    collector.export([])
    assert not collector.answers
    clock.now_s += PAUSE_S - 0.125
    assert not collector.answers
    clock.now_s += 0.125
    assert collector.answers


@pytest.mark.parametrize(
    ("first", "then", "lines"),
    [
        ("late", "late", ["traces.late"]),
        ("late", "failed", ["traces.late"]),
        ("failed", "late", ["traces.undelivered"]),
    ],
)
@pytest.mark.parametrize("took_s", [0.0, WAIT_S * 0.75, WAIT_S * 1.25, 0.3])
@pytest.mark.parametrize("waited_s", [0.0, PAUSE_S])
def test_an_outage_ends_with_an_export_in_time_after_its_pause(
    stream, clock, first, then, lines, took_s, waited_s
):
    """Its line names what was seen first, and what is seen later has none of its own."""
    collector = Collector(Timed(clock), Log("p", stream), clock)
    see = {"late": collector.give_up, "failed": lambda: collector.export([BAD])}
    see[first]()
    clock.now_s += waited_s
    collector.export([GOOD, took_s])
    see[then]()
    new = {"late": "traces.late", "failed": "traces.undelivered"}[then]
    assert events(stream) == lines + [new] * (waited_s == PAUSE_S and took_s < WAIT_S)


def test_a_collector_that_is_slow_but_works_is_waited_for_once_in_each_pause(stream):
    """Each success comes after its request gave up, and ends neither the pause nor the outage."""
    clock, exporter = Skipping(), Slow()
    collector = Collector(exporter, Log("p", stream), clock)
    handover = Handover(lambda: collector.export([]), collector)
    for waits in range(1, 4):
        for _ in range(5):
            handover.wait()
            assert not collector.answers
            handover._sender.submit(lambda: None).result(20)  # behind the export, so it is over
        assert exporter.exports == waits
        assert events(stream) == ["traces.late"]
        clock.skipped_s += PAUSE_S


def test_a_log_that_cannot_be_written_hinders_nobody(stream):
    stream.close()
    collector = Collector(Exporter(BAD), Log("p", stream))
    assert collector.export([]) is BAD
    assert not collector.answers


def test_to_shut_down_is_to_hang_up(stream):
    exporter = Exporter()
    Collector(exporter, Log("p", stream)).shutdown()
    assert exporter.closed


def test_a_request_waits_for_what_is_sent(stream):
    sent = []
    handover = Handover(lambda: sent.append(1), Collector(Exporter(), Log("p", stream)))
    handover.wait()
    handover.wait()
    assert sent == [1, 1]


def test_it_waits_a_tenth_of_a_second_once_and_then_no_more(stream):
    release = threading.Event()
    handover = Handover(lambda: release.wait(20), Collector(Exporter(), Log("p", stream)))
    joined = []
    join = handover._join
    handover._join = lambda: joined.append(1) or join()
    try:
        started = time.monotonic()
        for _ in range(5):
            handover.wait()
        assert WAIT_S <= time.monotonic() - started < 10
        assert joined == [1]
        assert events(stream) == ["traces.late"]
    finally:
        release.set()


def test_requests_that_end_together_share_one_sending_that_began_after_them(stream):
    """The first is under way when the others come, so they need the next, and no more than it."""
    begun, release = threading.Event(), threading.Event()
    calls = []

    def flush():
        calls.append(1)
        begun.set()
        release.wait(20)

    handover = Handover(flush, Collector(Exporter(), Log("p", stream)))
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(handover._join)
        assert begun.wait(10)
        others = {pool.submit(handover._join).result(10) for _ in range(8)}
        release.set()
        assert len(others) == 1
        assert first.result(10) not in others
        others.pop().result(10)
    assert len(calls) == 2


def test_an_end_of_python_fails_no_request(stream):
    handover = Handover(lambda: None, Collector(Exporter(), Log("p", stream)))
    handover._sender.shutdown()
    handover.wait()
