"""Sends messages again that did not become rows: dead letters, and what is in quarantine.

A dead letter is acknowledged when Pub/Sub has confirmed its replay, not before. Whoever dies in
between, or replays twice, sends the same message id and publish time twice, which is a redelivery.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud.pubsub_v1 import PublisherClient

from recovery import letter, quarantined
from recovery.dead_letters import DeadLetters
from recovery.errors import RecoveryError
from recovery.letter import UNDELIVERED, Letter, UnfitError
from recovery.place import Place
from recovery.selection import Selection

CONFIRM_TIMEOUT_S = 60.0
SOURCES = ("dead-letters", "quarantine")
Advance = Callable[[int], None]
"""Is told how many more messages were looked at."""


@dataclass(slots=True)
class Group:
    """Messages of one reason."""

    messages: int = 0
    size_bytes: int = 0
    without_event_id: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None

    def note(self, one: Letter, size_bytes: int) -> None:
        """Count a message."""
        self.messages += 1
        self.size_bytes += size_bytes
        self.without_event_id += not one.attributes.get("event_id")
        self.oldest = min(self.oldest or one.publish_time, one.publish_time)
        self.newest = max(self.newest or one.publish_time, one.publish_time)


@dataclass(slots=True)
class Tally:
    """What was found."""

    chosen: dict[str, Group] = field(default_factory=dict)
    """By reason."""
    left: Counter[str] = field(default_factory=Counter)
    """Why others stay where they are, and how many."""

    @property
    def messages(self) -> int:
        """How many were chosen."""
        return sum(group.messages for group in self.chosen.values())


class Replay:
    """One walk over everything that waits, which looks (`send=False`) or acts."""

    def __init__(
        self,
        place: Place,
        selection: Selection,
        *,
        limit: int | None = None,
        send: bool = False,
        advance: Advance = lambda _: None,
    ) -> None:
        self._place = place
        self._selection = selection
        self._limit = limit
        self._send = send
        self._advance = advance
        self._began = datetime.now(UTC)
        self.tally = Tally()

    def run(self, sources: Sequence[str] = SOURCES) -> Tally:
        """Walk.

        Raises:
            RecoveryError: Pub/Sub did not confirm a message, or refused the operator.
        """
        try:
            with self._place.publisher() as publisher:
                reasons = self._selection.reasons
                if "dead-letters" in sources and (not reasons or UNDELIVERED in reasons):
                    self._dead_letters(publisher)
                if "quarantine" in sources and (not reasons or reasons - {UNDELIVERED}):
                    self._quarantine(publisher)
        except (GoogleAPICallError, TimeoutError) as exc:
            raise RecoveryError(
                f"stopped after {self.tally.messages} messages ({type(exc).__name__}); nothing is "
                "lost: what was not confirmed is where it was, so mend that and run it again. It "
                "takes the grants in docs/recovery.md"
            ) from exc
        return self.tally

    def _dead_letters(self, publisher: PublisherClient) -> None:
        with (
            self._place.subscriber() as client,
            DeadLetters(client, self._place.dead_letters, self._began) as letters,
        ):
            for batch in letters.batches():
                chosen = list(self._choose(batch, self._read_dead_letter))
                self._publish(publisher, [data for _message, data in chosen])
                if self._send:
                    letters.acknowledge([message for message, _data in chosen])
                self._advance(len(batch))

    def _quarantine(self, publisher: PublisherClient) -> None:
        with self._place.bigquery() as client:
            rows = quarantined.rows(client, self._place, self._selection)
            while page := list(itertools.islice(rows, quarantined.PAGE)):
                chosen = self._choose(page, letter.of_row)
                self._publish(publisher, [data for _row, data in chosen])
                self._advance(len(page))

    def _read_dead_letter(self, message: Any) -> Letter:
        return letter.of_dead_letter(message, self._place)

    def _choose(
        self, found: Sequence[Any], read: Callable[[Any], Letter]
    ) -> Iterator[tuple[Any, bytes]]:
        """Give what is wanted, with the replay of each."""
        for each in found:
            try:
                one = read(each)
                data = one.wrapped(self._place.subscription)
            except UnfitError as exc:
                self.tally.left[str(exc)] += 1
                continue
            if not self._selection.takes(one):
                self.tally.left["not selected"] += 1
            elif self._limit is not None and self.tally.messages >= self._limit:
                self.tally.left["over the limit"] += 1
            else:
                self.tally.chosen.setdefault(one.reason, Group()).note(one, len(data))
                yield each, data

    def _publish(self, publisher: PublisherClient, replays: Sequence[bytes]) -> None:
        if not self._send:
            return
        futures = [publisher.publish(self._place.replay_topic, data) for data in replays]
        for future in futures:
            future.result(timeout=CONFIRM_TIMEOUT_S)
