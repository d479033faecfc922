"""Group commit: rows that arrive together share one insert, and each learns its own fate."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = dict[str, Any]
Write = Callable[[Sequence[Row], float], Sequence[Exception | None]]
"""Writes rows within so many seconds; tells for each what went wrong, or None. May raise."""

MAX_ROWS = 500
MAX_BYTES = 1 << 20
WRITERS = 2
"""Inserts under way at once. While they are, the next batch grows, so load makes large batches."""


class Commit(Protocol):
    """What makes a row durable."""

    def commit(self, row: Row, size_bytes: int, within_s: float) -> None:
        """Return once the row is durable; raises `TimeoutError`, or what went wrong."""


@dataclass(slots=True)
class _Batch:
    rows: list[Row] = field(default_factory=list)
    fates: list["Future[None]"] = field(default_factory=list)
    size_bytes: int = 0
    full: threading.Event = field(default_factory=threading.Event)
    born_s: float = field(default_factory=time.monotonic)


class GroupCommit:
    """Collects rows from many threads and writes them out together.

    There is no thread that must run between requests: each row's request waits until its row is
    written, so Cloud Run gives us CPU for as long as there is something to do.
    """

    def __init__(self, write: Write, *, linger_s: float, deadline_s: float) -> None:
        self._write = write
        self._linger_s = linger_s
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._open: _Batch | None = None
        self._writers: ThreadPoolExecutor | None = None

    def commit(self, row: Row, size_bytes: int, within_s: float) -> None:
        """Write a row, together with whatever arrives within `linger_s`.

        Returns only when the row is durable.

        Raises:
            TimeoutError: it was not within `within_s`; whether it will be is unknown.
            Exception: what `write` reported for this row, or raised for the whole batch.
        """
        self._join(row, size_bytes).result(within_s)

    def _join(self, row: Row, size_bytes: int) -> "Future[None]":
        fate: Future[None] = Future()
        with self._lock:
            batch = self._open
            if batch is None or batch.size_bytes + size_bytes > MAX_BYTES:
                if batch:
                    batch.full.set()
                batch = self._open = _Batch()
                self._start_writer(batch)
            batch.rows.append(row)
            batch.fates.append(fate)
            batch.size_bytes += size_bytes
            if len(batch.rows) >= MAX_ROWS or batch.size_bytes >= MAX_BYTES:
                self._open = None
                batch.full.set()
        return fate

    def _start_writer(self, batch: _Batch) -> None:
        # Made at the first row and not before: threads do not survive the server's fork.
        if self._writers is None:
            self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._writers.submit(self._write_out, batch)

    def _write_out(self, batch: _Batch) -> None:
        batch.full.wait(self._linger_s)
        with self._lock:
            if self._open is batch:
                self._open = None
        left_s = self._deadline_s - (time.monotonic() - batch.born_s)
        try:
            if left_s <= 0:
                raise TimeoutError("earlier batches took all the time")  # noqa: TRY301 - as below
            errors = self._write(batch.rows, left_s)
        except Exception as exc:  # noqa: BLE001 - it is handed to each row's own thread
            errors = [exc] * len(batch.rows)
        for fate, error in zip(batch.fates, errors, strict=True):
            if error is None:
                fate.set_result(None)
            else:
                fate.set_exception(error)
