"""A subscription delivers at least once, so that one pull may hold a message twice."""

from datetime import UTC, datetime
from types import SimpleNamespace

from google.pubsub_v1 import PubsubMessage, PullResponse, ReceivedMessage

from recovery.dead_letters import DeadLetters

DIED = datetime(2026, 12, 1, tzinfo=UTC)
BEFORE = datetime(2026, 12, 2, tzinfo=UTC)


def received(name, ack_id):
    message = PubsubMessage(message_id=name, publish_time=DIED)
    return ReceivedMessage(ack_id=ack_id, message=message)


def test_a_message_that_came_twice_is_handed_over_and_acknowledged_once():
    answers = [
        PullResponse(received_messages=[received("1", "a"), received("1", "b"), received("2", "c")])
    ]
    acknowledged = []
    client = SimpleNamespace(
        pull=lambda **_: answers.pop() if answers else PullResponse(),
        acknowledge=lambda **told: acknowledged.extend(told["ack_ids"]),
        modify_ack_deadline=lambda **_: None,
    )
    names = []
    with DeadLetters(client, "projects/p/subscriptions/dead", BEFORE) as dead:
        for messages in dead.batches():
            names += [message.message_id for message in messages]
            dead.acknowledge(messages)
    assert names == ["1", "2"]
    assert acknowledged == ["b", "c"]
