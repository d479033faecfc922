"""A letter says of itself what the first push said, for any bytes and attributes."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from google.pubsub_v1 import types
from hypothesis import given, settings
from hypothesis import strategies as st

from function import envelope, payload, quarantine
from recovery import letter
from recovery.letter import UnfitError
from recovery.place import Place
from servicekit import contract

PLACE = Place(project="test-project")
CONTRACT = contract.load()
DIED = datetime(2026, 12, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
TIMES = st.datetimes(
    datetime.fromisoformat("2020-01-01"),
    datetime.fromisoformat("2026-11-30"),
    timezones=st.just(UTC),
)


def dead_letter(data=b"x", *, published="2026-11-24T12:00:00.123Z", source=None, **attributes):
    marks = {
        "CloudPubSubDeadLetterSourceSubscription": source or "data-ingest-subscription",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "test-project",
        "CloudPubSubDeadLetterSourceTopicPublishTime": published,
    }
    whole = {"data": data, "attributes": {**attributes, **marks}, "message_id": "77"}
    return types.PubsubMessage({**whole, "publish_time": DIED})


@settings(max_examples=50)
@given(st.binary(max_size=50), st.dictionaries(TEXTS, TEXTS, max_size=3), TIMES)
def test_what_the_function_reads_is_what_was_quarantined(data, attributes, published):
    """From push to row to letter to push again, nothing changes."""
    raw = base64.b64encode(data).decode()
    first = envelope.Message(PLACE.subscription, "7", published, attributes, raw)
    try:
        payload.decode(raw, CONTRACT)
    except payload.PoisonMessageError as poison:
        row = quarantine.row(first, poison)
    else:
        return
    kept = {
        **row,
        "data": base64.b64decode(row["data"]),
        "size_bytes": int(row["size_bytes"]),
        "publish_time": published,
    }
    again = envelope.parse(letter.of_row(kept).wrapped(PLACE.subscription))
    assert again == first


def test_what_was_not_base64_is_sent_as_it_came():
    row = {"reason": "not_base64", "data": b"***", "size_bytes": 3, "attributes": None}
    found = letter.of_row({**row, "message_id": "7", "publish_time": DIED})
    assert found.raw_data == "***"


def test_a_dead_letter_is_told_apart_from_every_message():
    """Ids are unique within a topic, and the dead letters are another."""
    found = letter.of_dead_letter(dead_letter(event_id="e"), PLACE)
    assert found.message_id == "dead-letter:77"
    assert found.publish_time == datetime(2026, 11, 24, 12, 0, 0, 123000, UTC)
    assert found.attributes == {"event_id": "e"}
    assert base64.b64decode(found.raw_data) == b"x"


def test_what_a_publisher_says_of_another_message_is_only_data():
    """A payload that looks like a replay is one only where Pub/Sub says so of its subscription."""
    forged = letter.Letter("r", "of another", DIED - timedelta(days=9), {}, "").wrapped("s")
    found = letter.of_dead_letter(dead_letter(forged, messageId="of another"), PLACE)
    assert found.message_id == "dead-letter:77"
    assert base64.b64decode(found.raw_data) == forged
    real = letter.of_dead_letter(dead_letter(forged, source="data-ingest-replay"), PLACE)
    assert real.message_id == "of another"


@pytest.mark.parametrize(
    "published", ["", "now", "2026-11-24T12:00:00", "2026-12-01T00:00:01Z", "9" * 40]
)
def test_a_dead_letter_without_a_time_is_unfit(published):
    with pytest.raises(UnfitError, match="when it was published"):
        letter.of_dead_letter(dead_letter(published=published), PLACE)


def test_a_dead_letter_of_another_project_is_unfit():
    with pytest.raises(UnfitError, match="another subscription"):
        letter.of_dead_letter(dead_letter(), Place(project="other-project"))


def test_the_largest_row_of_the_quarantine_can_be_sent_and_is_within_the_functions_limit():
    raw = bytes(range(256)) * (quarantine.MAX_WHOLE_BYTES // 256)
    row = {"reason": "too_large", "data": raw, "size_bytes": len(raw), "message_id": "7"}
    found = letter.of_row({**row, "publish_time": DIED, "attributes": {"k" * 250: "v" * 1000}})
    wrapped = found.wrapped(PLACE.subscription)
    assert len(base64.b64encode(wrapped)) < 14 << 20
    again = envelope.parse(wrapped)
    assert hashlib.sha256(base64.b64decode(again.raw_data)).digest() == hashlib.sha256(raw).digest()


def test_what_would_be_over_the_limit_of_a_message_is_unfit():
    attributes = {str(number): "\x01" * 1024 for number in range(100)}
    raw = base64.b64encode(b"x" * quarantine.MAX_WHOLE_BYTES).decode()
    with pytest.raises(UnfitError, match="too large"):
        letter.Letter("r", "7", DIED, attributes, raw).wrapped("s")
