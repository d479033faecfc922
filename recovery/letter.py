"""A message that did not become a row, as what it takes to send it again; no I/O here.

It keeps the message id and the publish time of the first time, since rows are told apart by the one
and partitioned by the other. A dead letter is a new message to Pub/Sub and tells the old one's time
but not its id, so it gets one that no message has: of its own id, told apart by a prefix.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from function import envelope, quarantine
from function.envelope import EnvelopeError
from recovery.place import Place

MARK = "CloudPubSubDeadLetterSource"
"""How the attributes begin that Pub/Sub gives to a dead letter.

Source: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts
"""
UNDELIVERED = "undelivered"
"""The reason of each dead letter; quarantined rows have theirs (function/payload.py)."""
DEAD_LETTER = "dead-letter:"
MAX_BYTES = 10_000_000
"""Of a message. Source: https://cloud.google.com/pubsub/quotas#resource_limits"""


class UnfitError(Exception):
    """It cannot be sent again, and stays where it is; the text says why."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the first time."""

    reason: str
    message_id: str
    publish_time: datetime
    attributes: dict[str, str]
    raw_data: str
    """As the push had it: base64, or what stood in its place."""

    def wrapped(self, subscription: str) -> bytes:
        """Write the push of the first time, which `function/replay.py` reads.

        Raises:
            UnfitError: it is larger than a message may be.
        """
        message = {
            "messageId": self.message_id,
            "publishTime": self.publish_time.isoformat(),
            "attributes": self.attributes,
            "data": self.raw_data,
        }
        whole = {"subscription": subscription, "message": message}
        data = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > MAX_BYTES:
            raise UnfitError("too large to be sent again")
        return data


def source_of(message: Any) -> str:
    """Name the subscription that gave a dead letter up."""
    project = message.attributes.get(f"{MARK}SubscriptionProject")
    return f"projects/{project}/subscriptions/{message.attributes.get(f'{MARK}Subscription')}"


def moment_of(message: Any) -> datetime | None:
    """Tell when a dead letter was published to the topic of that subscription, if it says so.

    Pub/Sub writes its marks over a publisher's own. Were it otherwise, a time of after its death
    is still none.
    """
    try:
        moment = datetime.fromisoformat(message.attributes.get(f"{MARK}TopicPublishTime", ""))
        return moment if moment <= message.publish_time else None
    except (TypeError, ValueError):
        return None


def of_dead_letter(message: Any, place: Place) -> Letter:
    """Read a `PubsubMessage` of the dead letters.

    Raises:
        UnfitError: it is not ours, says not when it was published, or no table can hold it.
    """
    source, published = source_of(message), moment_of(message)
    if source == place.replay_subscription:
        return _of_replay(message.data)
    if source != place.subscription:
        raise UnfitError("of another subscription")
    if published is None:
        raise UnfitError("says not when it was published")
    if len(message.data) > quarantine.MAX_WHOLE_BYTES:
        raise UnfitError("larger than any table can hold")
    return Letter(
        UNDELIVERED,
        f"{DEAD_LETTER}{message.message_id}",
        published,
        {name: value for name, value in message.attributes.items() if not name.startswith(MARK)},
        base64.b64encode(message.data).decode(),
    )


def of_row(row: Any) -> Letter:
    """Read a row of the quarantine, as the client library gives it.

    Raises:
        UnfitError: the row has the first part alone; the whole is a dead letter.
    """
    if len(row["data"] or b"") < row["size_bytes"]:
        raise UnfitError("kept in part")
    raw = row["data"] or b""
    attributes = row["attributes"] or {}
    if isinstance(attributes, str):
        attributes = json.loads(attributes)
    encoded = raw.decode() if row["reason"] == "not_base64" else base64.b64encode(raw).decode()
    return Letter(row["reason"], row["message_id"], row["publish_time"], attributes, encoded)


def _of_replay(data: bytes) -> Letter:
    """Read what was sent again and failed again: it says itself what it was the first time."""
    try:
        first = envelope.parse(data)
    except EnvelopeError as exc:
        raise UnfitError("no replay of ours") from exc
    return Letter(
        UNDELIVERED, first.message_id, first.publish_time, first.attributes, first.raw_data
    )
