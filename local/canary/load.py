"""Callers that send requests on a schedule and know of each what became of it."""

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Self
from urllib.parse import urlsplit

from local.layout import LocalError

TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request."""

    at: float
    """When it ended, in seconds since 1970."""
    seconds: float
    status: int | None
    """None if there was no whole answer: it is lost."""


class Load:
    """Requests at a steady rate from some callers, each on a connection that it keeps.

    http.client and no library above it, since those try again in silence when a connection breaks.
    """

    def __init__(
        self,
        url: str,
        path: str | Callable[[], str],
        *,
        headers: Mapping[str, str],
        rate: float,
        callers: int,
    ) -> None:
        """Send to `path` at `url`, which must be on loopback, `rate` times a second in all.

        A path that is a function is asked before each request, by any caller.
        """
        parts = urlsplit(url)
        if parts.hostname != "127.0.0.1" or parts.port is None:
            raise LocalError("load is for loopback alone")
        self._port = parts.port
        self._path = path
        self._headers = headers
        self._rate = rate
        self._turns = count()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(callers)]
        self.sent = 0
        self.answers: list[Answer] = []
        """Grows while the load runs. Whole once it has ended: as long as `sent`."""
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            while True:
                # The schedule does not wait for slow answers, as long as a caller is free.
                due = self._started + next(self._turns) / self._rate
                if self._ended.wait(max(0.0, due - time.monotonic())):
                    return
                with self._lock:
                    self.sent += 1
                answer = self._ask(connection)
                with self._lock:
                    self.answers.append(answer)
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> Answer:
        started = time.monotonic()
        status = None
        try:
            path = self._path if isinstance(self._path, str) else self._path()
            connection.request("GET", path, headers=dict(self._headers))
            response = connection.getresponse()
            response.read()
            status = response.status
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it again
        return Answer(time.time(), time.monotonic() - started, status)
