"""Where a dead letter comes from is Pub/Sub's to say, whatever its publisher wrote; on both."""

from local.pubsub.resources import MIN_ATTEMPTS
from tests.local.pubsub.doubles import eventually

MARK = "CloudPubSubDeadLetterSource"


def test_a_publishers_own_marks_are_written_over(any_emulator):
    """With them it could claim to be an operator's replay, or of another time."""
    topic, dead_letters = any_emulator.topic(), any_emulator.topic()
    burial = any_emulator.subscribe(dead_letters)
    name = any_emulator.subscribe(topic, dead_letter_policy={"dead_letter_topic": dead_letters})
    forged = {
        f"{MARK}Subscription": "data-ingest-replay",
        f"{MARK}SubscriptionProject": "another-project",
        f"{MARK}TopicPublishTime": "2020-01-01T00:00:00Z",
    }
    any_emulator.publish(topic, {"data": b"x", "attributes": {**forged, "own": "kept"}})
    for _ in range(MIN_ATTEMPTS):
        (entry,) = any_emulator.pull(name)
        any_emulator.subscriptions.modify_ack_deadline(
            subscription=name, ack_ids=[entry.ack_id], ack_deadline_seconds=0
        )
    # Google's buries it when it is asked for once more.
    assert eventually(lambda: any_emulator.pull_now(name) == [], 5)
    (dead,) = any_emulator.pull(burial)
    marks = dict(dead.message.attributes)
    assert marks["own"] == "kept"
    assert marks[f"{MARK}Subscription"] == name.rpartition("/")[2]
    assert marks[f"{MARK}SubscriptionProject"] == name.split("/")[1]
    assert not marks[f"{MARK}TopicPublishTime"].startswith("2020")
