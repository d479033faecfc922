"""One JSON object a line, in Cloud Logging's shape, that no outside value can forge.

Values from outside stand only below `fields`; their control, bidi and line-separator characters
are written as escapes, and they are cut in length, depth and number.
Source: https://cloud.google.com/logging/docs/structured-logging
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from werkzeug.datastructures import Headers

from servicekit.traceparent import parse

MAX_TEXT = 2048
MAX_ITEMS = 50
MAX_DEPTH = 4

_CLOUD_TRACE = re.compile(r"([0-9a-f]{32})(?:/[0-9]{1,20})?(?:;o=[0-3])?")

_trace: ContextVar[str | None] = ContextVar("trace", default=None)


class Log:
    """Writes lines to one stream, whole and in order, and raises when it cannot."""

    def __init__(self, project_id: str, stream: TextIO | None = None) -> None:
        self._project_id = project_id
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def write(self, severity: str, event: str, *, kind: str = "app", **fields: Any) -> None:
        """Write one line.

        Args:
            severity: DEBUG, INFO, WARNING, ERROR or CRITICAL.
            event: what happened; a constant of our code, never an outside value.
            kind: `audit` for decisions, which a log sink keeps apart; else `app`.
            fields: details, trusted or not. Never a token, a row or a payload.

        Raises:
            OSError: the line could not be written; whoever needs it must not go on.
        """
        entry: dict[str, Any] = {
            "severity": severity,
            "message": event,
            "event": event,
            "time": datetime.now(UTC).isoformat(),
            "fields": _safe(fields, MAX_DEPTH),
            "logging.googleapis.com/labels": {"log_type": kind},
        }
        if trace_id := _trace.get():
            entry["logging.googleapis.com/trace"] = f"projects/{self._project_id}/traces/{trace_id}"
        line = json.dumps(entry, separators=(",", ":")) + "\n"
        try:
            with self._lock:
                self._stream.write(line)
                self._stream.flush()
        except ValueError as exc:
            raise OSError("the log stream is closed") from exc


class StandardHandler(logging.Handler):
    """Carries what libraries log through the standard module into a `Log`."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; an exception as its type and places, since its text may hold rows."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = str(record.msg)  # a library's own mistake must not become its caller's
        fields: dict[str, Any] = {"logger": record.name, "text": text}
        if record.exc_info and record.exc_info[1]:
            fields.update(describe(record.exc_info[1]))
        try:
            self._log.write(record.levelname, "log", **fields)
        except OSError:
            self.handleError(record)


def describe(error: BaseException) -> dict[str, Any]:
    """Name an exception's type and where it passed, without its text and values."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_ITEMS:]
    return {
        "error": type(error).__name__,
        "places": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def capture_standard_logging(log: Log) -> None:
    """Make `log` the only place that the standard logging module writes to."""
    logging.basicConfig(handlers=[StandardHandler(log)], level=logging.WARNING, force=True)


def enter_trace(headers: Headers) -> None:
    """Tie what this request logs to its trace; a malformed header gives none.

    Source: https://www.w3.org/TR/trace-context/ and
    https://cloud.google.com/trace/docs/trace-context
    """
    found = trace_id(headers.get("traceparent", ""))
    legacy = _CLOUD_TRACE.fullmatch(headers.get("X-Cloud-Trace-Context", ""))
    _trace.set(found or (legacy[1] if legacy else None))


def trace_id(traceparent: str) -> str | None:
    """Take the trace id (32 hexadecimal digits) out of a W3C `traceparent`, if it is one."""
    remote = parse(traceparent)
    return remote.trace_id if remote else None


def _safe(value: Any, depth: int) -> Any:  # noqa: PLR0911 - one line for each kind of value
    if type(value) is str:  # first, since most values are
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 64 else "integer out of range"
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if depth == 0:
        return _text(repr(type(value)))
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MAX_ITEMS]
        return {_text(str(key)): _safe(item, depth - 1) for key, item in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(item, depth - 1) for item in list(value)[:MAX_ITEMS]]
    # An object of another type, a string's subclass among them, shows what it says of itself.
    return _text(str(value))


def _text(value: str) -> str:
    value = value[:MAX_TEXT]
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in value)
