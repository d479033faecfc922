"""Share one answer among those who ask the same question at about the same time."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class SingleFlight(Generic[Answer]):
    """Keeps answers for `ttl_s` seconds; while one is being made, others wait for it.

    A failure is shared by those who were waiting and is not kept. At most `max_entries` answers
    are held, the oldest leaving first. A waiter gives up after `wait_s`.
    """

    def __init__(
        self,
        ttl_s: float,
        *,
        max_entries: int,
        wait_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl_s = ttl_s
        self._max_entries = max_entries
        self._wait_s = wait_s
        self._clock = clock
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[Answer]] = {}
        self._landed: dict[Hashable, tuple[float, Answer]] = {}

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return the answer for `key`, made by `make` if nobody has a fresh one.

        Raises:
            TimeoutError: another thread was making it and took longer than `wait_s`.
        """
        with self._lock:
            landed = self._landed.get(key)
            if landed and self._clock() < landed[0]:
                return landed[1]
            flight = self._flights.get(key)
            if pilot := flight is None:
                flight = self._flights[key] = Future()
        if not pilot:
            return flight.result(self._wait_s)
        try:
            answer = make()
        except BaseException as exc:
            with self._lock:
                del self._flights[key]
            flight.set_exception(exc)
            raise
        self._land(key, answer)
        flight.set_result(answer)
        return answer

    def _land(self, key: Hashable, answer: Answer) -> None:
        with self._lock:
            del self._flights[key]
            now = self._clock()
            self._landed.pop(key, None)
            # In the order of their landing, which is the order of their end.
            ends = [(name, entry[0]) for name, entry in self._landed.items()]
            surplus = len(ends) + 1 - self._max_entries
            for index, (name, end) in enumerate(ends):
                if end > now and index >= surplus:
                    break
                del self._landed[name]
            self._landed[key] = (now + self._ttl_s, answer)
