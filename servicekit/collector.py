"""The way to a collector that may be slow or dead: no request fails by it, and few wait for it."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from servicekit.logs import Log

TIMEOUT_S = 0.7
"""An export ends within 0.7 s, attempts of the client's own included.

It repeats a connection error at once, and what is answered with `Retry-After: 0` some times.
"""
WAIT_S = 0.1
"""The longest that a request waits for its spans."""
PAUSE_S = 30.0
"""How long nobody waits after a failure or a wait that was given up."""


class Collector(SpanExporter):
    """Remembers whether the collector takes in time what the exporter sends, and logs when not.

    An outage begins with a failure or a late export, and its one line names which was first. It
    ends with an export in time after the pause, which no success makes shorter.
    """

    def __init__(
        self, exporter: SpanExporter, log: Log, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._exporter = exporter
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._away = False
        self._paused_until_s = 0.0

    @property
    def answers(self) -> bool:
        """Whether it is worth a request's time to wait for it."""
        return self._clock() >= self._paused_until_s

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand spans to the exporter; those of a failure are lost."""
        begun_s = self._clock()
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._pause("traces.undelivered")
        elif self._clock() - begun_s < WAIT_S:
            with self._lock:
                self._away = self._away and not self.answers
        return result

    def give_up(self) -> None:
        """Say that a request's wait was in vain; whether its spans arrive later is not known."""
        self._pause("traces.late")

    def _pause(self, event: str) -> None:
        """Let nobody wait for a while: one line of the log for an outage, however long."""
        with self._lock:
            is_news, self._away = not self._away, True
            self._paused_until_s = self._clock() + PAUSE_S
        if is_news:
            with suppress(OSError):
                self._log.write("WARNING", event)

    def shutdown(self) -> None:
        """Hang up."""
        self._exporter.shutdown()


class Handover:
    """Has spans sent while their request still has CPU; shared by requests that end together."""

    def __init__(self, flush: Callable[[], object], collector: Collector) -> None:
        self._flush = flush
        self._collector = collector
        self._lock = threading.Lock()
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="spans")
        self._next: Future[object] | None = None

    def wait(self) -> None:
        """Return once the spans that ended before are sent, or it took `WAIT_S`."""
        if not self._collector.answers:
            return
        try:
            self._join().result(WAIT_S)
        except TimeoutError:
            self._collector.give_up()
        except RuntimeError:
            pass  # Python is about to end, and sends what is left by itself

    def _join(self) -> "Future[object]":
        with self._lock:
            # One that has begun may have passed our spans; one that waits for its turn has not.
            if self._next is None or self._next.running() or self._next.done():
                self._next = self._sender.submit(self._flush)
            return self._next
