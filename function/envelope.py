"""From the body of a push request to a message; what the message says is not looked at here."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class EnvelopeError(Exception):
    """The body is no push of Pub/Sub's, so nothing is known that could be kept (400)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as Pub/Sub delivered it."""

    subscription: str
    message_id: str
    publish_time: datetime
    attributes: dict[str, str]
    raw_data: str
    """The payload, still in what should be base64; untrusted."""
    replayed: bool = False
    """An operator sent it again."""


def parse(raw_body: bytes) -> Message:
    """Read `{"subscription": ..., "message": {...}}`; Eventarc's binary mode has the same body.

    Raises:
        EnvelopeError: it is anything else.

    Source: https://cloud.google.com/pubsub/docs/push#receive_push
    """
    try:
        envelope = json.loads(raw_body.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise EnvelopeError("not JSON") from exc
    if not isinstance(envelope, dict) or not isinstance(envelope.get("message"), dict):
        raise EnvelopeError("no message")
    message = envelope["message"]
    attributes = _present(message.get("attributes"), {})
    if not isinstance(attributes, dict):
        raise EnvelopeError("attributes are no object")
    return Message(
        subscription=_text(envelope.get("subscription"), "subscription"),
        message_id=_text(message.get("messageId") or message.get("message_id"), "messageId"),
        publish_time=_moment(message.get("publishTime") or message.get("publish_time")),
        attributes={
            _text(key, "attribute", empty=True): _text(value, "attribute", empty=True)
            for key, value in attributes.items()
        },
        raw_data=_text(_present(message.get("data"), ""), "data", empty=True),
    )


def _present(value: Any, default: Any) -> Any:
    return default if value is None else value


def _text(value: Any, name: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or empty):
        raise EnvelopeError(f"{name} is no text")
    try:
        # JSON can spell half of a surrogate pair, which no table could hold.
        value.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise EnvelopeError(f"{name} is no Unicode") from exc
    return value


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value, "publishTime"))
        if moment.tzinfo is None:
            raise EnvelopeError("publishTime has no time zone")
        return moment.astimezone(UTC)
    # In another zone the first and the last days that Python knows lie beyond them.
    except (ValueError, OverflowError) as exc:
        raise EnvelopeError("publishTime is no timestamp") from exc
