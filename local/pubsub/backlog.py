"""What a subscription still has to deliver: leases, back-off and dead letters; no I/O here.

Source: https://cloud.google.com/pubsub/docs/subscription-retry-policy and
https://cloud.google.com/pubsub/docs/dead-letter-topics
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

Message = Any
"""A `google.pubsub.v1.PubsubMessage`."""
DeadLetter = Callable[[Message, int], bool]
"""Takes a message after so many attempts; False when there is nowhere to put it."""

IMMEDIATE_DELAY_S = 0.1
"""Between two deliveries of a subscription without a retry policy, or with one of 0 s."""


@dataclass(slots=True)
class Lease:
    """A message that somebody has and has not settled yet."""

    ack_id: str
    message: Message
    attempt: int
    """1 for the first delivery."""
    until_s: float


class Backlog:
    """The messages of one subscription, from their arrival until they are acknowledged.

    It belongs to one event loop; `changed` is set whenever something may have become due.
    """

    def __init__(
        self,
        subscription: Any,
        dead_letter: DeadLetter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.subscription = subscription
        self.changed = asyncio.Event()
        self._dead_letter = dead_letter
        self._clock = clock
        self._numbers = itertools.count(1)
        self._waiting: list[tuple[float, int, Message, int]] = []
        self._leases: dict[str, Lease] = {}

    def add(self, message: Message) -> None:
        """Take a new message in."""
        self._queue(message, attempts=0, delay_s=0.0)

    def take(self, limit: int) -> list[Lease]:
        """Lease out what is due, for the subscription's acknowledgement deadline."""
        self._expire()
        now = self._clock()
        taken: list[Lease] = []
        while self._waiting and len(taken) < limit and self._waiting[0][0] <= now:
            _due, _number, message, attempts = heapq.heappop(self._waiting)
            ack_id = f"{self.subscription.name}:{next(self._numbers)}"
            deadline = now + self.subscription.ack_deadline_seconds
            lease = Lease(ack_id, message, attempts + 1, deadline)
            self._leases[ack_id] = lease
            taken.append(lease)
        return taken

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Forget messages; one whose lease has run out stays, since it was given out again."""
        self._expire()
        for ack_id in ack_ids:
            self._leases.pop(ack_id, None)
        self.changed.set()

    def extend(self, ack_ids: Iterable[str], seconds: float) -> None:
        """Move the end of leases to so many seconds from now; zero gives the messages back."""
        self._expire()
        for ack_id in ack_ids:
            if lease := self._leases.get(ack_id):
                lease.until_s = self._clock() + seconds
                if not seconds:
                    self._give_back(lease)
        self.changed.set()

    def seek(self, since_ns: int, retained: Iterable[Message]) -> None:
        """Owe what was published from `since_ns` on, acknowledged or not, and nothing earlier.

        Leases end, and attempts count from one again.

        Source: https://cloud.google.com/pubsub/docs/replay-overview
        """
        owed = [message for _due, _number, message, _attempts in self._waiting]
        owed += [lease.message for lease in self._leases.values()]
        self._waiting.clear()
        self._leases.clear()
        for message in {message.message_id: message for message in [*retained, *owed]}.values():
            if message.publish_time.ToNanoseconds() >= since_ns:
                self.add(message)
        self.changed.set()

    def still_leased(self, ack_ids: set[str]) -> set[str]:
        """Tell which of these nobody has settled yet."""
        return ack_ids & self._leases.keys()

    def next_due_s(self, *, full: bool = False) -> float | None:
        """Seconds until a lease runs out or, unless `full`, a message is due; None for never."""
        moments = [lease.until_s for lease in self._leases.values()]
        moments += [self._waiting[0][0]] if self._waiting and not full else []
        return max(0.0, min(moments) - self._clock()) if moments else None

    async def wait(self, *, full: bool = False) -> None:
        """Wait until something changes or becomes due; whoever is `full` cares for no more due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.next_due_s(full=full)):
                await self.changed.wait()
        self.changed.clear()

    def _expire(self) -> None:
        now = self._clock()
        for lease in [lease for lease in self._leases.values() if lease.until_s <= now]:
            self._give_back(lease)

    def _give_back(self, lease: Lease) -> None:
        del self._leases[lease.ack_id]
        policy = self.subscription.dead_letter_policy
        ends = policy.dead_letter_topic and lease.attempt >= policy.max_delivery_attempts
        if not (ends and self._dead_letter(lease.message, lease.attempt)):
            self._queue(lease.message, lease.attempt, self._delay_s(lease.attempt))

    def _delay_s(self, attempts: int) -> float:
        if not self.subscription.HasField("retry_policy"):
            return IMMEDIATE_DELAY_S
        policy = self.subscription.retry_policy
        low, high = _seconds(policy.minimum_backoff), _seconds(policy.maximum_backoff)
        return max(IMMEDIATE_DELAY_S, min(high, low * float(2 ** min(attempts - 1, 32))))

    def _queue(self, message: Message, attempts: int, delay_s: float) -> None:
        due = self._clock() + delay_s
        heapq.heappush(self._waiting, (due, next(self._numbers), message, attempts))
        self.changed.set()


def _seconds(duration: Any) -> float:
    return float(duration.seconds + duration.nanos / 1e9)
