"""A log line is one JSON object in ASCII that nobody outside can forge, cut or split."""

import io
import json
import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from servicekit.logs import (
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    Log,
    StandardHandler,
    capture_standard_logging,
    describe,
    enter_trace,
    trace_id,
)

KEYS = {"severity", "message", "event", "time", "fields", "logging.googleapis.com/labels"}
TRACE_KEY = "logging.googleapis.com/trace"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(autouse=True)
def _no_trace():
    """Begin outside of any request, also after a test that made one in this thread."""
    enter_trace({})


SECRET = "ey.secret.token"


def written(write):
    """Run `write` with a log of its own; returns the raw text that came out."""
    stream = io.StringIO()
    write(Log("test-project", stream))
    return stream.getvalue()


def only_line(text):
    """Insist on exactly one line of ASCII, and read it."""
    assert text.endswith("\n")
    assert text.isascii()
    assert text[:-1].isprintable()
    assert len(text.splitlines()) == 1
    entry = json.loads(text, parse_constant=pytest.fail)
    assert entry.keys() - {TRACE_KEY} == KEYS
    return entry


def line(**fields):
    return only_line(written(lambda log: log.write("INFO", "event", **fields)))


# Any text that Python can hold, with what is dangerous in a log more often than by chance.
TEXT = st.text(
    st.characters() | st.sampled_from("\n\r\0\x1b\x85\u2028\u2029\u202e\u2066\ufeff\ud800")
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(TEXT | st.integers() | st.none(), inner)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers() | TEXT)
    ),
    max_leaves=20,
)
FORGERIES = ("severity", "event", "message", "time", TRACE_KEY, "logging.googleapis.com/labels")


@given(
    st.dictionaries(
        (TEXT | st.sampled_from(FORGERIES)).filter(
            lambda name: name not in {"severity", "event", "kind", "self"}
        ),
        VALUES,
    )
)
def test_whatever_the_fields_the_line_is_one_and_ours(fields):
    entry = only_line(written(lambda log: log.write("INFO", "event", kind="audit", **fields)))
    assert (entry["severity"], entry["event"], entry["message"]) == ("INFO", "event", "event")
    assert entry["logging.googleapis.com/labels"] == {"log_type": "audit"}
    assert TRACE_KEY not in entry
    assert abs((datetime.now(UTC) - datetime.fromisoformat(entry["time"])).total_seconds()) < 60


@given(TEXT, TEXT)
def test_whatever_the_headers_the_line_is_one_and_ours(traceparent, cloud_trace):
    headers = Headers()
    for name, value in (("traceparent", traceparent), ("X-Cloud-Trace-Context", cloud_trace)):
        # Those two characters are refused before a header can be made at all.
        headers[name] = value.replace("\r", "").replace("\n", "")

    def write(log):
        enter_trace(headers)
        log.write("INFO", "event", agent=traceparent)

    entry = only_line(Context().run(written, write))
    assert (entry["severity"], entry["event"]) == ("INFO", "event")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain text", "plain text"),
        ("grüße, Ω, 漢字, 🙂", "grüße, Ω, 漢字, 🙂"),
        ('"} {"severity": "ERROR"', '"} {"severity": "ERROR"'),
        ("a\nb", "a\\u{a}b"),
        ("a\r\nb", "a\\u{d}\\u{a}b"),
        ("\x00", "\\u{0}"),
        ("\x1b[31m", "\\u{1b}[31m"),
        ("\x7f", "\\u{7f}"),
        ("\x85", "\\u{85}"),
        ("\u2028", "\\u{2028}"),
        ("\u2029", "\\u{2029}"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("\u2066\u2069", "\\u{2066}\\u{2069}"),
        ("\u200b\u200f\ufeff", "\\u{200b}\\u{200f}\\u{feff}"),
        ("\ud800", "\\u{d800}"),
        ("\U000e0041", "\\u{e0041}"),
    ],
)
def test_text_that_could_deceive_a_reader_is_written_as_escapes(text, escaped):
    """In values and in names alike."""
    entry = line(value=text, inner={text: [text]})
    assert entry["fields"] == {"value": escaped, "inner": {escaped: [escaped]}}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (HTTPStatus.OK, 200),
        (2**63, 2**63),
        (-(2**64) + 1, -(2**64) + 1),
        (2**64, "integer out of range"),
        (-(10**4000), "integer out of range"),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (float("nan"), "nan"),
        (b"\x00\n", "b'\\x00\\n'"),
        ((1, "a"), [1, "a"]),
        ({1}, [1]),
        (OrderedDict(a=1), {"a": 1}),
        ({None: 1, 2: 3}, {"None": 1, "2": 3}),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31 00:00:00+00:00"),
    ],
)
def test_values_keep_their_kind_where_json_has_it(value, shown):
    assert line(value=value)["fields"]["value"] == shown


def test_long_text_is_cut():
    entry = line(**{"a" * 9999: "b" * 9999})
    assert entry["fields"] == {"a" * MAX_TEXT: "b" * MAX_TEXT}


def test_many_items_are_cut():
    entry = line(items=list(range(9999)), members={str(n): n for n in range(9999)})
    assert entry["fields"]["items"] == list(range(MAX_ITEMS))
    assert entry["fields"]["members"] == {str(n): n for n in range(MAX_ITEMS)}


def test_deep_values_are_cut():
    deep = "bottom"
    for _ in range(5000):
        deep = [deep]
    shown = line(deep=deep)["fields"]["deep"]
    for _ in range(MAX_DEPTH - 1):
        [shown] = shown
    assert shown == "<class 'list'>"


def test_a_line_that_holds_itself_ends():
    loop = []
    loop.append(loop)
    assert "<class 'list'>" in json.dumps(line(loop=loop))


class Halting(io.StringIO):
    """A stream that lets other threads run in the middle of a line."""

    def write(self, text):
        for part in (text[:99], text[99:]):
            super().write(part)
            time.sleep(1e-6)


def test_lines_of_many_threads_do_not_mix():
    log = Log("test-project", stream := Halting())
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: log.write("INFO", "event", n=n, text="x" * 500), range(400)))
    entries = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert sorted(entry["fields"]["n"] for entry in entries) == list(range(400))


# Whoever needs the line learns that it is missing


class FullDisk(io.StringIO):
    """A stream that takes nothing any more."""

    def write(self, _text):
        raise OSError(28, "No space left on device")


class Unflushed(io.StringIO):
    """A stream that takes text and loses it."""

    def flush(self):
        raise BrokenPipeError


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [FullDisk(), closed()], ids=["full", "closed"])
def test_a_line_that_cannot_be_written_raises(stream):
    with pytest.raises(OSError, match=r"space left|closed"):
        Log("test-project", stream).write("INFO", "event")


def test_a_line_that_stays_in_a_buffer_raises():
    log = Log("test-project", stream := Unflushed())
    with pytest.raises(BrokenPipeError):
        log.write("INFO", "event")
    stream.flush = lambda: None  # so that its end is quiet


def test_a_log_writes_to_standard_output(capsys):
    Log("test-project").write("INFO", "event", a=1)
    assert only_line(capsys.readouterr().out)["fields"] == {"a": 1}


# Traces


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01"),
        ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-00"),
        ("X-Cloud-Trace-Context", TRACE),
        ("X-Cloud-Trace-Context", f"{TRACE}/123"),
        ("X-Cloud-Trace-Context", f"{TRACE}/123;o=1"),
        ("X-Cloud-Trace-Context", f"{TRACE};o=0"),
    ],
)
def test_a_trace_header_ties_a_line_to_its_trace(header, value):
    assert traced({header: value}) == f"projects/test-project/traces/{TRACE}"


@pytest.mark.parametrize(
    "value",
    [
        "",
        TRACE[:-1],
        f"{TRACE}0",
        TRACE.upper(),
        f" {TRACE}",
        f"{TRACE} ",
        f"{TRACE}/",
        f"{TRACE}/x",
        f"{TRACE}/1;o=9",
        f"{TRACE}/{'1' * 21}",
        f"{TRACE}/\u0661",
        f'{TRACE}", "severity": "ERROR',
        f"../../other-project/traces/{TRACE}",
        f"00-{TRACE}-00f067aa0ba902b7",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01-extra",
        f"00-{TRACE}-00f067aa0ba902b7-1",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00F067AA0BA902B7-01",
        f"0-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE[:-1]}g-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01, 00-{TRACE}-00f067aa0ba902b7-01",
    ],
)
def test_a_malformed_trace_header_ties_to_none(value):
    """It must match as a whole: what is left over could name another trace or project."""
    assert traced({"traceparent": value}) is None
    assert traced({"X-Cloud-Trace-Context": value}) is None


def test_the_standard_trace_header_comes_first():
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Cloud-Trace-Context": "0" * 32}
    assert traced(headers).endswith(TRACE)
    headers["traceparent"] = "garbage"
    assert traced(headers).endswith("0" * 32)


def test_a_request_without_trace_does_not_inherit_the_one_before():
    def write(log):
        enter_trace(Headers({"X-Cloud-Trace-Context": TRACE}))
        enter_trace(Headers())
        log.write("INFO", "event")

    assert TRACE_KEY not in only_line(Context().run(written, write))


def test_threads_have_traces_of_their_own():
    stream = io.StringIO()
    log = Log("test-project", stream)
    both_entered = threading.Barrier(2)

    def serve(trace):
        enter_trace(Headers({"X-Cloud-Trace-Context": trace}))
        both_entered.wait(10)
        log.write("INFO", "event", trace=trace)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(serve, ["a" * 32, "b" * 32]))
    for text in stream.getvalue().splitlines():
        entry = json.loads(text)
        assert entry[TRACE_KEY].endswith(entry["fields"]["trace"])


@given(TEXT)
def test_a_trace_id_is_hexadecimal_or_none(traceparent):
    assert trace_id(traceparent) is None
    assert trace_id(f"00-{TRACE}-00f067aa0ba902b7-01") == TRACE


def traced(headers):
    """Give the trace that a line is tied to after a request with these headers began."""

    def write(log):
        enter_trace(Headers(headers))
        log.write("INFO", "event")

    return only_line(Context().run(written, write)).get(TRACE_KEY)


# Exceptions and the standard logging module


def fail():
    raise ValueError(f"cannot read {SECRET}")


def record(level=logging.ERROR, message="text %s", args=("value",), exc_info=None):
    return logging.LogRecord("library", level, "file.py", 1, message, args, exc_info)


def test_an_exception_is_described_by_type_and_places_alone():
    """Its text may quote a row or a token, and so may the values around it."""
    try:
        fail()
    except ValueError as exc:
        described = describe(exc)
    assert described["error"] == "ValueError"
    assert described["places"][-1].endswith(" fail")
    assert "test_logs.py:" in described["places"][-1]
    assert SECRET not in json.dumps(described)


def test_only_the_innermost_places_are_kept():
    def dig(depth):
        if depth:
            dig(depth - 1)
        else:
            fail()

    try:
        dig(200)
    except ValueError as exc:
        described = describe(exc)
    assert len(described["places"]) == MAX_ITEMS
    assert described["places"][-1].endswith(" fail")


def test_what_libraries_log_becomes_a_line():
    entry = only_line(written(lambda log: StandardHandler(log).emit(record())))
    assert (entry["severity"], entry["event"]) == ("ERROR", "log")
    assert entry["fields"] == {"logger": "library", "text": "text value"}


def test_what_libraries_log_cannot_forge_a_line():
    forged = record(message='x\n{"severity": "CRITICAL"}', args=())
    entry = only_line(written(lambda log: StandardHandler(log).emit(forged)))
    assert entry["severity"] == "ERROR"
    assert entry["fields"]["text"] == 'x\\u{a}{"severity": "CRITICAL"}'


def test_a_librarys_exception_is_logged_without_its_text():
    try:
        fail()
    except ValueError as exc:
        failed = record(message="it failed", args=(), exc_info=(type(exc), exc, exc.__traceback__))
    text = written(lambda log: StandardHandler(log).emit(failed))
    fields = only_line(text)["fields"]
    assert (fields["error"], fields["text"]) == ("ValueError", "it failed")
    assert fields["places"]
    assert SECRET not in text


@pytest.mark.parametrize("exc_info", [(None, None, None), None, ()])
def test_a_record_without_exception_is_logged_as_well(exc_info):
    entry = only_line(written(lambda log: StandardHandler(log).emit(record(exc_info=exc_info))))
    assert "error" not in entry["fields"]


@pytest.mark.parametrize(
    ("message", "args"), [("%d", ("a",)), ("%s %s", ("a",)), ("%(a)s", ({},)), ("%", ("a",))]
)
def test_a_librarys_mistake_in_logging_does_not_become_its_callers(message, args):
    text = written(lambda log: StandardHandler(log).emit(record(message=message, args=args)))
    assert only_line(text)["fields"]["text"] == message


def test_a_library_is_not_hindered_by_a_log_that_is_full(capsys):
    StandardHandler(Log("test-project", FullDisk())).emit(record())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "No space left" in captured.err


@pytest.fixture
def root_logger():
    """The root logger, as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_log_becomes_the_only_place_that_libraries_write_to(root_logger, capsys):
    stream = io.StringIO()
    capture_standard_logging(Log("test-project", stream))
    logging.getLogger("library.part").warning("seen")
    logging.getLogger("library.part").info("not seen: a library may tell values at this level")
    # Nor when a library lowers the level for itself.
    root_logger.setLevel(logging.DEBUG)
    logging.getLogger("library.part").info("not seen")
    entry = only_line(stream.getvalue())
    assert (entry["severity"], entry["fields"]["text"]) == ("WARNING", "seen")
    assert capsys.readouterr() == ("", "")
    assert len(root_logger.handlers) == 1
