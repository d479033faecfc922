"""Which messages wait: what subscriptions of our own saw, less what the function's log settled."""

import threading
import uuid
from collections import OrderedDict
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Any, Self

from google.api_core.exceptions import GoogleAPIError

from local import layout, messaging

REMEMBERED = 100_000
"""Messages that were settled before our own subscription brought them."""
SOURCE_TIME = "CloudPubSubDeadLetterSourceTopicPublishTime"


class Waiting:
    """The messages between their topic and their outcome."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[float, tuple[str, bytes]]] = {}
        self._settled: OrderedDict[str, None] = OrderedDict()
        self.dead = 0

    def publish(self, message_id: str, published: float, identity: tuple[str, bytes]) -> None:
        """Note a message: when it was published, in seconds since 1970, and what a copy shows."""
        with self._lock:
            if message_id not in self._settled:
                self._waiting[message_id] = (published, identity)

    def settle(self, message_id: str) -> None:
        """Note that a message will not come again."""
        with self._lock:
            if self._waiting.pop(message_id, None) is None:
                self._settled[message_id] = None
                if len(self._settled) > REMEMBERED:
                    self._settled.popitem(last=False)

    def bury(self, identity: tuple[str, bytes]) -> None:
        """Note a dead letter, a new message that shows when the first was published."""
        with self._lock:
            self.dead += 1
            found = (name for name, (_, known) in self._waiting.items() if known == identity)
            if name := next(found, None):
                del self._waiting[name]

    def look(self, now: float) -> tuple[int, float]:
        """Count what waits, and tell how old the oldest is, in seconds."""
        with self._lock:
            oldest = min((published for published, _ in self._waiting.values()), default=now)
            return len(self._waiting), max(0.0, now - oldest)


class Subscriptions:
    """Two subscriptions of our own, to the records and to the dead letters; they go when we do."""

    def __init__(self, host: str, waiting: Waiting) -> None:
        """Ask the emulator at `host:port`."""
        self._host = host
        self._waiting = waiting
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            client = exits.enter_context(messaging.subscriber(self._host))
            for topic, note in (
                (layout.TOPIC, self._record),
                (layout.DEAD_LETTER_TOPIC, self._dead_letter),
            ):
                name = f"projects/{layout.PROJECT}/subscriptions/observation-{uuid.uuid4().hex}"
                client.create_subscription(name=name, topic=topic)
                pulling = client.subscribe(name, callback=note, await_callbacks_on_shutdown=True)
                exits.callback(_end, client, name, pulling)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def _record(self, message: Any) -> None:
        published = message.publish_time.timestamp()
        self._waiting.publish(message.message_id, published, _identity(published, message.data))
        message.ack()

    def _dead_letter(self, message: Any) -> None:
        published = datetime.fromisoformat(message.attributes[SOURCE_TIME]).timestamp()
        self._waiting.bury(_identity(published, message.data))
        message.ack()


def _end(client: Any, name: str, pulling: Any) -> None:
    pulling.cancel()
    # The emulator may have ended before us, and its subscriptions with it.
    with suppress(GoogleAPIError, TimeoutError):
        pulling.result(timeout=5)
    with suppress(GoogleAPIError):
        client.delete_subscription(subscription=name, retry=None, timeout=5)


def _identity(published: float, data: bytes) -> tuple[str, bytes]:
    return f"{published:.6f}", data
