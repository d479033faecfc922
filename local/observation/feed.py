"""A steady stream of messages, of which some may be poison."""

import threading
import time
from itertools import count
from typing import Self

from local import layout, messaging

PAUSE_S = 0.5
"""Some messages at a time, since the BigQuery emulator takes many rows for little more than one."""
RECORD, POISON = b'{"id":%d,"name":"observed"}', b'{"id":"%d"}'


class Feed:
    """Publishes from its start to its end."""

    def __init__(self, host: str, rate: int) -> None:
        """Publish `rate` records a second to the emulator at `host:port`."""
        self._host = host
        self._rate = rate
        self.poison_rate = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        due, numbers = time.monotonic(), count()
        with messaging.publisher(self._host) as client:
            while not self._ended.wait(max(0.0, due - time.monotonic())):
                due = max(due + PAUSE_S, time.monotonic())
                rates = {RECORD: self._rate, POISON: self.poison_rate}
                futures = [
                    client.publish(layout.TOPIC, kind % next(numbers))
                    for kind, rate in rates.items()
                    for _ in range(int(rate * PAUSE_S))
                ]
                for future in futures:
                    future.result(timeout=10)
