"""Takes dead letters out of their subscription, and gives back each that nobody settled."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError
from google.cloud.pubsub_v1 import SubscriberClient

BATCH = 50
"""Each may have 10 MB."""
PULL_TIMEOUT_S = 10.0
EMPTY_PULLS = 3
"""After so many nothing is left: one may bring nothing new although something waits."""
LEASE_S = 600
"""The longest there is, so that what was looked at does not come again in the same run."""


class DeadLetters:
    """The dead letters of before a moment, each once; what is not acknowledged goes back."""

    def __init__(self, client: SubscriberClient, subscription: str, before: datetime) -> None:
        self._client = client
        self._subscription = subscription
        self._before = before
        self._held: dict[str, str] = {}
        """Acknowledgement ids by message id."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        # Whatever this misses comes back by itself when its lease ends.
        with suppress(GoogleAPICallError):
            self._lease(list(self._held.values()), 0)
        self._held.clear()

    def batches(self) -> Iterator[list[Any]]:
        """Pull until nothing is left, some `PubsubMessage`s at a time.

        What died since the run began is left alone, or a message that dies again and again would
        keep the run going for ever.
        """
        empty = 0
        while empty < EMPTY_PULLS:
            received = self._pull()
            self._lease([entry.ack_id for entry in received], LEASE_S)
            # One pull may hold a message twice: it is delivered at least once.
            messages = {
                entry.message.message_id: entry.message
                for entry in received
                if entry.message.message_id not in self._held
                and entry.message.publish_time < self._before
            }
            self._held |= {entry.message.message_id: entry.ack_id for entry in received}
            empty = 0 if messages else empty + 1
            yield list(messages.values())

    def acknowledge(self, messages: Sequence[Any]) -> None:
        """Forget messages that are safe elsewhere."""
        ack_ids = [self._held[message.message_id] for message in messages]
        if ack_ids:
            self._client.acknowledge(subscription=self._subscription, ack_ids=ack_ids)
        for message in messages:
            del self._held[message.message_id]

    def _pull(self) -> list[Any]:
        with suppress(DeadlineExceeded):
            answer = self._client.pull(
                subscription=self._subscription,
                max_messages=BATCH,
                timeout=PULL_TIMEOUT_S,
                retry=None,
            )
            return list(answer.received_messages)
        return []

    def _lease(self, ack_ids: Sequence[str], seconds: int) -> None:
        for start in range(0, len(ack_ids), 1000):
            self._client.modify_ack_deadline(
                subscription=self._subscription,
                ack_ids=ack_ids[start : start + 1000],
                ack_deadline_seconds=seconds,
            )
