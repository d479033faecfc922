"""A subscription that goes back gets again what its topic retains, on both emulators."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.api_core import exceptions
from google.pubsub_v1 import types

from local.pubsub.resources import RequestError, Resources
from tests.local.pubsub.doubles import new_name

Code = grpc.StatusCode
TOPIC, NAME = "projects/p/topics/abc", "projects/p/subscriptions/abc"
DAY = {"seconds": 86400}


def retaining(emulator):
    """Make a topic that keeps its messages for a day."""
    name = new_name("topics")
    return emulator.topics.create_topic(
        request={"name": name, "message_retention_duration": DAY}
    ).name


def acknowledge(emulator, name, received):
    ack_ids = [entry.ack_id for entry in received]
    emulator.subscriptions.acknowledge(subscription=name, ack_ids=ack_ids)


def seek(emulator, name, moment):
    emulator.subscriptions.seek(request={"subscription": name, "time": moment})


def test_what_was_acknowledged_comes_again_as_it_was(any_emulator):
    name = any_emulator.subscribe(topic := retaining(any_emulator))
    ids = any_emulator.publish(topic, {"data": b"a"}, {"data": b"b"})
    first = any_emulator.pull(name, 2)
    acknowledge(any_emulator, name, first)
    seek(any_emulator, name, first[0].message.publish_time - timedelta(seconds=1))
    again = any_emulator.pull(name, 2)
    assert sorted(entry.message.message_id for entry in again) == sorted(ids)
    times = {entry.message.message_id: entry.message.publish_time for entry in first}
    assert {entry.message.message_id: entry.message.publish_time for entry in again} == times


def test_a_seek_to_now_leaves_nothing(any_emulator):
    name = any_emulator.subscribe(topic := retaining(any_emulator))
    any_emulator.publish(topic, {"data": b"a"})
    (entry,) = any_emulator.pull(name)
    seek(any_emulator, name, entry.message.publish_time + timedelta(seconds=1))
    any_emulator.subscriptions.modify_ack_deadline(
        subscription=name, ack_ids=[entry.ack_id], ack_deadline_seconds=0
    )
    assert any_emulator.pull(name, within_s=0.5) == []


def test_a_seek_of_what_is_not_there_is_refused(any_emulator):
    with pytest.raises(exceptions.NotFound):
        seek(any_emulator, new_name("subscriptions"), datetime.now(UTC))


@pytest.fixture
def resources():
    """A topic without retention, and its subscription."""
    made = Resources()
    made.create_topic(types.Topic.pb()(name=TOPIC))
    made.create_subscription(types.Subscription.pb()(name=NAME, topic=TOPIC))
    return made


def published(resources, count):
    messages = [types.PubsubMessage.pb()(data=b"x") for _ in range(count)]
    return resources.publish(TOPIC, messages)


def retain(resources, seconds):
    change = types.Topic.pb()(name=TOPIC)
    change.message_retention_duration.FromSeconds(seconds)
    return resources.update_topic(change, ["message_retention_duration"])


def settle(resources):
    backlog = resources.backlog(NAME)
    leases = backlog.take(100)
    backlog.acknowledge([lease.ack_id for lease in leases])
    return [lease.message.message_id for lease in leases]


def go_back(resources, **target):
    request = types.SeekRequest.pb()(subscription=NAME, **target)
    if not target:
        request.time.FromSeconds(1)
    resources.seek(request)


def test_only_what_a_topic_retains_comes_again(resources):
    published(resources, 2)
    settle(resources)
    retain(resources, 600)
    kept = published(resources, 2)
    settle(resources)
    go_back(resources)
    assert settle(resources) == kept


def test_what_still_waits_comes_once(resources):
    retain(resources, 600)
    ids = published(resources, 3)
    leased = resources.backlog(NAME).take(1)
    go_back(resources)
    resources.backlog(NAME).acknowledge([lease.ack_id for lease in leased])
    assert sorted(settle(resources)) == sorted(ids), "a lease of before is void"
    assert settle(resources) == []


def test_a_retention_ends(resources, monkeypatch):
    retain(resources, 600)
    published(resources, 1)
    settle(resources)
    monkeypatch.setattr("local.pubsub.resources.time.time_ns", lambda: 1 << 62)
    go_back(resources)
    assert settle(resources) == []


def test_a_deleted_topic_retains_nothing(resources):
    retain(resources, 600)
    published(resources, 1)
    settle(resources)
    resources.delete_topic(TOPIC)
    go_back(resources)
    assert settle(resources) == []


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda made: go_back(made, snapshot="projects/p/snapshots/s"), Code.UNIMPLEMENTED),
        (
            lambda made: made.seek(types.SeekRequest.pb()(subscription=NAME)),
            Code.INVALID_ARGUMENT,
        ),
        (lambda made: made.update_topic(types.Topic.pb()(name=TOPIC), []), Code.INVALID_ARGUMENT),
        (
            lambda made: made.update_topic(types.Topic.pb()(name=TOPIC), ["kms_key_name"]),
            Code.INVALID_ARGUMENT,
        ),
        (
            lambda made: made.update_topic(
                types.Topic.pb()(name="projects/p/topics/none"), ["labels"]
            ),
            Code.NOT_FOUND,
        ),
    ],
    ids=["snapshot", "no target", "no mask", "another field", "no topic"],
)
def test_what_is_not_supported_is_refused(resources, ask, code):
    with pytest.raises(RequestError) as refused:
        ask(resources)
    assert refused.value.code == code
