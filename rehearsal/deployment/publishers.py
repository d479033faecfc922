"""The publishers of the rehearsed project: they go on, whatever is released, and lose nothing.

Each message has a number of its own, by which its row is found. What is asked of the table is
every number in one record: a push that was not acknowledged comes again, to whichever revision, and
may be a second row with the same message id, which readers take for one.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from itertools import count
from typing import TYPE_CHECKING, Self

from deploy.canary import objectives
from deploy.canary.pace import Pace
from local import bigquery, layout, messaging
from local.layout import Ports

if TYPE_CHECKING:
    from concurrent.futures import Future

PAUSE_S = 0.1
MARGIN = 1.5
"""Above what a decision needs, since a share of few messages is not exact."""
QUIET = 5.0
"""Messages a second while no step needs more."""
TIMEOUT_S = 120.0
"""Until all is in the table: what was refused waits some seconds before it comes again."""
NAME = "of-a-publisher"


class Publishers:
    """Publish from their start to their end; then tell what became of it."""

    def __init__(self, ports: Ports, share: Callable[[], int], minute_s: float, begin: int) -> None:
        """Publish as many messages as a candidate with so many per cent needs.

        Args:
            ports: where Pub/Sub and the tables are.
            share: tells the candidate's per cent; at 0 hardly anything is published.
            minute_s: how many seconds stand for a minute.
            begin: the first message's number; no number may come twice in a project.
        """
        self._ports, self._share, self._minute_s = ports, share, minute_s
        self._begin, self._numbers = begin, count(begin)
        self._futures: dict[int, Future[str]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def published(self) -> int:
        """How many messages there are so far."""
        return len(self._futures)

    def complaints(self) -> Iterator[str]:
        """Say what became of them that must not, once they all had their time."""
        failed = [number for number, each in self._futures.items() if not _is_published(each)]
        if failed or not self._futures:
            yield f"{len(failed)} of {self.published} messages were not published"
        sent = self._futures.keys() - set(failed)
        until = time.monotonic() + TIMEOUT_S
        while (lost := sent - (rows := self._rows()).keys()) and time.monotonic() < until:
            time.sleep(1)
        if lost:
            yield f"{len(lost)} of {self.published} messages are not in the table"
        if doubled := [number for number in sent if rows[number] > 1]:
            yield f"{len(doubled)} of {self.published} messages are in the table twice"

    def _rows(self) -> Counter[int]:
        with bigquery.connect(self._ports.url("bigquery")) as client:
            found = client.query_and_wait(
                f"SELECT DISTINCT id, message_id FROM `{layout.DATASET}.{layout.TABLE}` "  # noqa: S608 # nosec B608 - our constants
                f"WHERE publish_time IS NOT NULL AND name = '{NAME}' AND id >= {self._begin}"
            )
            return Counter(int(row["id"]) for row in found)

    def _run(self) -> None:
        due, owed = time.monotonic(), 0.0
        with messaging.publisher(f"127.0.0.1:{self._ports.pubsub}") as client:
            while not self._ended.wait(max(0.0, due - time.monotonic())):
                due = max(due + PAUSE_S, time.monotonic())
                owed += rate(self._share(), self._minute_s) * PAUSE_S
                for number in (next(self._numbers) for _ in range(int(owed))):
                    data = b'{"id":%d,"name":"%s"}' % (number, NAME.encode())
                    self._futures[number] = client.publish(layout.TOPIC, data)
                owed %= 1
            # The client's end would take those with it that it has not sent yet.
            wait(self._futures.values(), TIMEOUT_S)


def _is_published(future: "Future[str]") -> bool:
    return future.done() and future.exception() is None


def rate(share: int, minute_s: float) -> float:
    """Tell how many messages a second give both revisions what a decision needs of each."""
    fewest = max(each.fewest for each in objectives.FUNCTION.objectives.values())
    window_s = Pace().window.total_seconds() / 60 * minute_s
    smaller = min(share, 100 - share) or share
    return MARGIN * fewest / window_s * 100 / smaller if share else QUIET
