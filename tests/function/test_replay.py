"""What an operator sends again is the message of the first time, and nobody else can say that."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from function.envelope import EnvelopeError, Message
from function.replay import unwrap
from local import layout
from tests.function_environment import SUBSCRIPTION, push_body

REPLAYS = "projects/test-project/subscriptions/data-ingest-replay"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
FIRST = push_body(b'{"id": 7}', messageId="first", message_id=None, attributes={"event_id": "e"})


def replay_of(raw_body):
    """Write the message whose payload is a push."""
    return Message(REPLAYS, "second", NOW, {"a": "b"}, base64.b64encode(raw_body).decode())


def test_a_replay_is_the_message_of_the_first_time():
    found = unwrap(replay_of(FIRST))
    assert (found.subscription, found.message_id) == (SUBSCRIPTION, "first")
    assert found.publish_time == datetime(2026, 11, 24, 12, 0, 0, 123000, UTC)
    assert found.attributes == {"event_id": "e"}
    assert base64.b64decode(found.raw_data) == b'{"id": 7}'
    assert found.replayed


def later(raw_body):
    """Let the first time be after the replay."""
    body = json.loads(raw_body)
    body["message"]["publishTime"] = (NOW + timedelta(seconds=1)).isoformat()
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "message",
    [
        replace(replay_of(FIRST), raw_data="***"),
        replace(replay_of(FIRST), raw_data="ｅ３０＝"),  # noqa: RUF001 - wide digits are the case
        replay_of(b""),
        replay_of(b'{"id": 1}'),
        replay_of(b"[" * 200_000),
        replay_of(later(FIRST)),
    ],
    ids=["no base64", "no ASCII", "empty", "a record", "nested", "after its replay"],
)
def test_what_is_no_replay_is_malformed(message):
    with pytest.raises(EnvelopeError):
        unwrap(message)


def pushed(start_function, push_headers, body):
    client = start_function(REPLAY_SUBSCRIPTIONS=REPLAYS)
    return client.post("/", data=body, headers=push_headers).status_code


def test_its_row_is_that_of_a_redelivery(start_function, push_headers, dataset, rows_of, events):
    body = push_body(FIRST, subscription=REPLAYS, publishTime="2026-12-01T00:00:00Z")
    assert pushed(start_function, push_headers, body) == 204
    (row,) = rows_of(dataset)
    assert (row["id"], row["message_id"], row["attributes"]) == (7, "first", {"event_id": "e"})
    assert row["publish_time"].isoformat() == "2026-11-24T12:00:00.123000+00:00"
    (event,) = events("ingest.committed")
    assert event["fields"]["replayed"] is True
    assert "e2e_seconds" not in event["fields"], "an old message is no slow pipeline"


def test_poison_stays_poison_under_its_first_id(start_function, push_headers, dataset, rows_of):
    body = push_body(push_body(b"poison"), subscription=REPLAYS)
    assert pushed(start_function, push_headers, body) == 204
    (row,) = rows_of(dataset, layout.QUARANTINE_TABLE)
    assert (row["reason"], row["message_id"], row["data"]) == ("not_json", "1001", b"poison")


FORGED = {
    "a replay": {"data": FIRST},
    "its members as attributes": {
        "data": b'{"id": 7}',
        "attributes": {
            "messageId": "first",
            "message_id": "first",
            "publishTime": "2020-01-01T00:00:00Z",
            "subscription": REPLAYS,
            "replayed": "true",
        },
    },
    "Pub/Sub's marks": {
        "data": b'{"id": 7}',
        "attributes": {
            "CloudPubSubDeadLetterSourceSubscription": "data-ingest-replay",
            "CloudPubSubDeadLetterSourceTopicPublishTime": "2020-01-01T00:00:00Z",
        },
    },
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_publisher_cannot_say_which_message_a_row_is_of(
    start_function, push_headers, dataset, rows_of, forged
):
    """Neither its id nor its time: with them a row could take the place of somebody else's."""
    assert pushed(start_function, push_headers, push_body(**forged)) == 204
    for row in [*rows_of(dataset), *rows_of(dataset, layout.QUARANTINE_TABLE)]:
        assert row["message_id"] == "1001"
        assert row["publish_time"].year == 2026


@pytest.mark.parametrize(
    "inner", ["projects/other/subscriptions/data-ingest-subscription", REPLAYS], ids=str
)
def test_a_replay_for_another_pipeline_is_forbidden(
    start_function, push_headers, dataset, rows_of, inner
):
    """Sent to the wrong project, or wrapped twice."""
    body = push_body(push_body(FIRST, subscription=inner), subscription=REPLAYS)
    assert pushed(start_function, push_headers, body) == 403
    assert rows_of(dataset) == []


def test_without_a_replay_subscription_there_are_no_replays(start_function, push_headers):
    body = push_body(FIRST, subscription=REPLAYS)
    assert start_function().post("/", data=body, headers=push_headers).status_code == 403
