"""The push envelope: what Pub/Sub and Eventarc send is read, anything else is refused."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from function.envelope import EnvelopeError, parse

GOOD = {
    "subscription": "projects/p/subscriptions/s",
    "message": {
        "messageId": "7",
        "publishTime": "2026-11-24T12:00:00.123456789Z",
        "data": "e30=",
        "attributes": {"event_id": "a"},
    },
}


def changed(**message):
    return json.dumps({**GOOD, "message": {**GOOD["message"], **message}}).encode()


def test_an_envelope_becomes_a_message():
    message = parse(json.dumps(GOOD).encode())
    assert message.subscription == "projects/p/subscriptions/s"
    assert message.message_id == "7"
    assert message.publish_time == datetime(2026, 11, 24, 12, 0, 0, 123456, UTC)
    assert message.attributes == {"event_id": "a"}
    assert message.raw_data == "e30="


def test_both_spellings_of_the_metadata_are_read():
    body = {
        "subscription": "s",
        "message": {"message_id": "7", "publish_time": "2026-11-24T12:00:00Z"},
    }
    message = parse(json.dumps(body).encode())
    assert (message.message_id, message.raw_data, message.attributes) == ("7", "", {})


def test_a_message_of_attributes_alone_is_a_message():
    """The framework's own event signature answers 500 to these, again and again."""
    assert parse(changed(data=None)).raw_data == ""


def test_an_attribute_may_be_empty_and_so_may_its_name():
    assert parse(changed(attributes={"": "a", "b": ""})).attributes == {"": "a", "b": ""}


def test_a_time_zone_is_normalised():
    message = parse(changed(publishTime="2026-11-24T14:00:00+02:00"))
    assert message.publish_time == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert message.publish_time.tzinfo is UTC


REFUSED = {
    "not JSON": [b"", b"\xff", b"[" * 100_000, b'{"message": ' * 50_000],
    "no message": [
        b"null",
        b"[]",
        b"{}",
        b"42",
        b'{"message": null}',
        b'{"message": []}',
    ],
    "subscription is no text": [
        b'{"message": {}}',
        json.dumps({"message": GOOD["message"]}).encode(),
        json.dumps({**GOOD, "subscription": 1}).encode(),
        json.dumps({**GOOD, "subscription": ""}).encode(),
    ],
    "subscription is no Unicode": [json.dumps({**GOOD, "subscription": "\ud800"}).encode()],
    "messageId is no text": [
        changed(messageId=None),
        changed(messageId=""),
        changed(messageId=7),
        changed(messageId=["7"]),
    ],
    "messageId is no Unicode": [changed(messageId="\ud800")],
    "publishTime is no text": [changed(publishTime=None), changed(publishTime=1795521600)],
    "publishTime is no timestamp": [
        changed(publishTime="yesterday"),
        changed(publishTime="2026-13-24T12:00:00Z"),
        changed(publishTime="0001-01-01T00:00:00+14:00"),
        changed(publishTime="9999-12-31T23:59:59-00:01"),
    ],
    "publishTime has no time zone": [changed(publishTime="2026-11-24T12:00:00")],
    "data is no text": [
        changed(data=7),
        changed(data=0),
        changed(data=False),
        changed(data=["e30="]),
    ],
    "data is no Unicode": [changed(data="\udfff")],
    "attributes are no object": [
        changed(attributes=[]),
        changed(attributes="a"),
        changed(attributes=0),
    ],
    "attribute is no text": [changed(attributes={"a": 1}), changed(attributes={"a": None})],
    "attribute is no Unicode": [
        changed(attributes={"a": "\ud800"}),
        changed(attributes={"\ud800": "a"}),
    ],
}


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        pytest.param(reason, body, id=f"{reason}, {number}")
        for reason, bodies in REFUSED.items()
        for number, body in enumerate(bodies, 1)
    ],
)
def test_what_is_no_push_is_refused_for_its_own_reason(reason, body):
    with pytest.raises(EnvelopeError) as caught:
        parse(body)
    assert str(caught.value) == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


ZONES = st.sampled_from(["", "Z", "+14:00", "-23:59", "+00:00:01"])
TIMES = st.datetimes().map(datetime.isoformat)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(GOOD["message"], JSON),
        "publishTime": JSON | st.builds(str.__add__, TIMES, ZONES),
        "messageId": JSON | st.text(min_size=1),
    },
)
PUSHES = st.fixed_dictionaries({"subscription": JSON | st.text(min_size=1), "message": MESSAGES})


@given(st.binary() | st.text().map(str.encode) | PUSHES.map(lambda push: json.dumps(push).encode()))
def test_whatever_comes_is_refused_or_a_whole_message(body):
    try:
        message = parse(body)
    except EnvelopeError:
        return
    assert message.message_id
    assert message.subscription
    assert message.publish_time.tzinfo is UTC
    # What it says can be written into a table.
    json.dumps(dataclasses.asdict(message), default=str, ensure_ascii=False).encode()
