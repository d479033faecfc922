"""What the embedded emulator accepts and what it refuses, as the service itself does.

Google's emulator is laxer in places; where both agree, the contract's tests have it.
"""

import time
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf import duration_pb2
from google.pubsub_v1 import types

from local.pubsub.resources import RequestError, Resources
from tests.local.pubsub.doubles import seconds

TOPIC = "projects/p/topics/abc"
DEAD_LETTERS = "projects/p/topics/dead"
NAME = "projects/p/subscriptions/abc"
Code = grpc.StatusCode


def topic_of(name=TOPIC, **fields):
    return types.Topic.pb(types.Topic({"name": name, **fields}))


def subscription_of(name=NAME, topic=TOPIC, **fields):
    return types.Subscription.pb(types.Subscription({"name": name, "topic": topic, **fields}))


def messages_of(*messages):
    return [types.PubsubMessage.pb(types.PubsubMessage(message)) for message in messages]


@pytest.fixture
def resources():
    """A topic, and another for dead letters."""
    made = Resources()
    for name in (TOPIC, DEAD_LETTERS):
        made.create_topic(topic_of(name))
    return made


def refusal(ask, *arguments):
    """Tell with which status something is refused."""
    with pytest.raises(RequestError) as refused:
        ask(*arguments)
    assert str(refused.value)
    return refused.value.code


# Names

BAD_IDS = {
    "": "empty",
    "ab": "two characters",
    "a" * 256: "too long",
    "1abc": "a digit first",
    "-abc": "a hyphen first",
    "goog": "reserved",
    "googabc": "reserved too",
    "a b": "a space",
    "a/b": "a slash",
    "abc$": "a dollar",
    "abc\n": "a line feed",
    "tést": "an accent",
    "abc٣": "a digit of another script",
}
GOOD_IDS = ["abc", "a" * 255, "Abc", "a-b_c.d~e+f%20", "agoog", "Goog", "a12"]


@pytest.mark.parametrize("bad_id", BAD_IDS, ids=BAD_IDS.values())
def test_bad_names_are_refused(resources, bad_id):
    """Source: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names."""
    topic, subscription = f"projects/p/topics/{bad_id}", f"projects/p/subscriptions/{bad_id}"
    wanted = [
        (resources.create_topic, topic_of(topic)),
        (resources.topic, topic),
        (resources.create_subscription, subscription_of(subscription)),
        (resources.create_subscription, subscription_of(topic=topic)),
    ]
    for ask, argument in wanted:
        assert refusal(ask, argument) == Code.INVALID_ARGUMENT
    assert set(resources.topics) == {TOPIC, DEAD_LETTERS}
    assert not resources.backlogs


@pytest.mark.parametrize("good_id", GOOD_IDS)
def test_good_names_are_accepted(good_id):
    resources = Resources()
    topic = resources.create_topic(topic_of(f"projects/p/topics/{good_id}")).name
    resources.create_subscription(subscription_of(f"projects/p/subscriptions/{good_id}", topic))


@pytest.mark.parametrize(
    "name",
    ["", "abc", "topics/abc", "projects//topics/abc", "projects/p/q/topics/abc", NAME, f"/{TOPIC}"],
)
def test_only_full_names_are_names(resources, name):
    assert refusal(resources.create_topic, topic_of(name)) == Code.INVALID_ARGUMENT


def test_names_are_taken_once(resources):
    resources.create_subscription(subscription_of())
    assert refusal(resources.create_topic, topic_of()) == Code.ALREADY_EXISTS
    assert refusal(resources.create_subscription, subscription_of()) == Code.ALREADY_EXISTS


@pytest.mark.parametrize("method", ["topic", "delete_topic"])
def test_what_does_not_exist_is_not_found(resources, method):
    assert refusal(getattr(resources, method), f"{TOPIC}d") == Code.NOT_FOUND
    assert refusal(resources.backlog, NAME) == Code.NOT_FOUND
    assert refusal(resources.publish, f"{TOPIC}d", messages_of({"data": b"x"})) == Code.NOT_FOUND


# Messages


def size_of(message):
    return messages_of(message)[0].ByteSize()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param({}, Code.INVALID_ARGUMENT, id="empty"),
        pytest.param({"message_id": "7"}, Code.INVALID_ARGUMENT, id="only an id"),
        pytest.param(
            {"attributes": {f"k{n}": "v" for n in range(101)}},
            Code.INVALID_ARGUMENT,
            id="101 attributes",
        ),
        pytest.param({"attributes": {"k" * 257: "v"}}, Code.INVALID_ARGUMENT, id="long key"),
        pytest.param(
            {"attributes": {"é" * 129: "v"}}, Code.INVALID_ARGUMENT, id="long key in bytes"
        ),
        pytest.param({"attributes": {"": "v"}}, Code.INVALID_ARGUMENT, id="empty key"),
        pytest.param({"attributes": {"k": "v" * 1025}}, Code.INVALID_ARGUMENT, id="long value"),
        pytest.param(
            {"attributes": {"k": "é" * 513}}, Code.INVALID_ARGUMENT, id="long value in bytes"
        ),
        pytest.param({"data": b"x" * 10_000_001}, Code.INVALID_ARGUMENT, id="over 10 MB"),
        pytest.param({"data": b"x", "ordering_key": "k"}, Code.UNIMPLEMENTED, id="ordering key"),
    ],
)
def test_bad_messages_are_refused_with_all_that_came_along(resources, message, code):
    backlog = resources.backlog(resources.create_subscription(subscription_of()).name)
    for batch in (messages_of(message), messages_of({"data": b"good"}, message)):
        assert refusal(resources.publish, TOPIC, batch) == code
    assert backlog.take(10) == []


@pytest.mark.parametrize(
    "message",
    [
        {"data": b"\0"},
        {"attributes": {"k": ""}},
        {"attributes": {f"k{n}": "v" for n in range(100)}},
        {"attributes": {"k" * 256: "v" * 1024}},
        {"attributes": {"é" * 128: "é" * 512}},
        {"data": b"x" * (10_000_000 - size_of({"data": b"x" * 10_000_000}) + 10_000_000)},
    ],
    ids=["a byte", "an empty value", "100 attributes", "long", "long in bytes", "10 MB"],
)
def test_messages_may_go_to_the_limit(resources, message):
    assert resources.publish(TOPIC, messages_of(message)) == ["1"]


@pytest.mark.parametrize(
    ("sizes", "accepted"),
    [
        ([1] * 1000, True),
        ([1] * 1001, False),
        ([], False),
        ([4_999_000, 4_999_000], True),
        ([5_000_000, 5_000_000], False),
    ],
)
def test_a_batch_has_limits_too(resources, sizes, accepted):
    batch = messages_of(*({"data": b"x" * size} for size in sizes))
    if accepted:
        assert len(set(resources.publish(TOPIC, batch))) == len(sizes)
    else:
        assert refusal(resources.publish, TOPIC, batch) == Code.INVALID_ARGUMENT


def test_the_service_decides_about_ids_and_times(resources):
    backlog = resources.backlog(resources.create_subscription(subscription_of()).name)
    mine = {"data": b"x", "message_id": "mine", "publish_time": datetime(1999, 1, 1, tzinfo=UTC)}
    [id_] = resources.publish(TOPIC, messages_of(mine))
    [lease] = backlog.take(1)
    assert lease.message.message_id == id_ == "1"
    published = lease.message.publish_time.ToDatetime(UTC)
    assert abs(datetime.now(UTC) - published) < timedelta(seconds=5)
    assert resources.publish(DEAD_LETTERS, messages_of({"data": b"x"})) == ["2"]


# Subscriptions


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ack_deadline_seconds": 9}, Code.INVALID_ARGUMENT),
        ({"ack_deadline_seconds": 1}, Code.INVALID_ARGUMENT),
        ({"ack_deadline_seconds": -1}, Code.INVALID_ARGUMENT),
        ({"ack_deadline_seconds": 601}, Code.INVALID_ARGUMENT),
        ({"push_config": {"push_endpoint": "ftp://x/"}}, Code.INVALID_ARGUMENT),
        ({"push_config": {"push_endpoint": "x.example/"}}, Code.INVALID_ARGUMENT),
        ({"push_config": {"push_endpoint": "https:///x"}}, Code.INVALID_ARGUMENT),
        ({"push_config": {"push_endpoint": "https://"}}, Code.INVALID_ARGUMENT),
        ({"filter": 'attributes.a = "b"'}, Code.UNIMPLEMENTED),
        ({"enable_message_ordering": True}, Code.UNIMPLEMENTED),
        ({"enable_exactly_once_delivery": True}, Code.UNIMPLEMENTED),
        ({"detached": True}, Code.UNIMPLEMENTED),
        ({"topic": f"{TOPIC}d"}, Code.NOT_FOUND),
    ],
)
def test_bad_subscriptions_are_refused(resources, fields, code):
    assert refusal(resources.create_subscription, subscription_of(**fields)) == code
    assert not resources.backlogs


def test_topics_with_schemas_are_not_supported(resources):
    schema = {"schema": "projects/p/schemas/s", "encoding": "JSON"}
    topic = topic_of(f"{TOPIC}d", schema_settings=schema)
    assert refusal(resources.create_topic, topic) == Code.UNIMPLEMENTED
    assert set(resources.topics) == {TOPIC, DEAD_LETTERS}


@pytest.mark.parametrize(("asked_s", "got_s"), [(0, 10), (10, 10), (60, 60), (600, 600)])
def test_ack_deadlines_are_ten_seconds_to_ten_minutes(resources, asked_s, got_s):
    made = resources.create_subscription(subscription_of(ack_deadline_seconds=asked_s))
    assert made.ack_deadline_seconds == got_s


def duration(value_s):
    return None if value_s is None else seconds(value_s)


@pytest.mark.parametrize(
    ("low_s", "high_s"),
    [(-0.001, 1), (1, 600.001), (601, 602), (10, 9.999), (None, 5), (601, None)],
)
def test_back_off_outside_of_its_bounds_is_refused(resources, low_s, high_s):
    policy = {"minimum_backoff": duration(low_s), "maximum_backoff": duration(high_s)}
    wanted = subscription_of(retry_policy=policy)
    assert refusal(resources.create_subscription, wanted) == Code.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("low_s", "high_s", "expected_s"),
    [
        (0, 0, (0, 0)),
        (0, 600, (0, 600)),
        (600, 600, (600, 600)),
        (0.1, 0.2, (0.1, 0.2)),
        (None, None, (10, 600)),
        (20, None, (20, 600)),
        (None, 10, (10, 10)),
    ],
)
def test_back_off_has_bounds_and_defaults(resources, low_s, high_s, expected_s):
    bounds = {"minimum_backoff": duration(low_s), "maximum_backoff": duration(high_s)}
    policy = types.RetryPolicy({name: value for name, value in bounds.items() if value is not None})
    made = resources.create_subscription(subscription_of(retry_policy=policy)).retry_policy
    got = [made.minimum_backoff.ToTimedelta(), made.maximum_backoff.ToTimedelta()]
    assert [found.total_seconds() for found in got] == list(expected_s)


@pytest.mark.parametrize(
    ("attempts", "outcome"),
    [
        (-1, Code.OUT_OF_RANGE),
        (1, Code.OUT_OF_RANGE),
        (4, Code.OUT_OF_RANGE),
        (0, 5),
        (5, 5),
        (100, 100),
        (101, Code.OUT_OF_RANGE),
    ],
)
def test_delivery_attempts_are_five_to_a_hundred(resources, attempts, outcome):
    policy = {"dead_letter_topic": DEAD_LETTERS, "max_delivery_attempts": attempts}
    wanted = subscription_of(dead_letter_policy=policy)
    if isinstance(outcome, int):
        made = resources.create_subscription(wanted)
        assert made.dead_letter_policy.max_delivery_attempts == outcome
    else:
        assert refusal(resources.create_subscription, wanted) == outcome


@pytest.mark.parametrize("topic", ["", "dead", "projects/p/topics/nowhere"])
def test_dead_letters_need_a_topic(resources, topic):
    wanted = subscription_of(dead_letter_policy={"dead_letter_topic": topic})
    wanted.dead_letter_policy.max_delivery_attempts = 5
    assert refusal(resources.create_subscription, wanted) == Code.NOT_FOUND


# Updates


@pytest.mark.parametrize(
    ("paths", "fields", "code"),
    [
        ([], {}, Code.INVALID_ARGUMENT),
        (["foo"], {}, Code.INVALID_ARGUMENT),
        (["name"], {}, Code.INVALID_ARGUMENT),
        (["topic"], {"topic": DEAD_LETTERS}, Code.INVALID_ARGUMENT),
        (["filter"], {"filter": "x"}, Code.INVALID_ARGUMENT),
        (["push_config.push_endpoint"], {}, Code.INVALID_ARGUMENT),
        (["pushConfig"], {}, Code.INVALID_ARGUMENT),
        (
            ["ack_deadline_seconds", "push_config"],
            {"ack_deadline_seconds": 30, "push_config": {"push_endpoint": "x"}},
            Code.INVALID_ARGUMENT,
        ),
        (["ack_deadline_seconds"], {"ack_deadline_seconds": 9}, Code.INVALID_ARGUMENT),
        (
            ["retry_policy"],
            {"retry_policy": {"minimum_backoff": seconds(601)}},
            Code.INVALID_ARGUMENT,
        ),
        (
            ["dead_letter_policy"],
            {"dead_letter_policy": {"dead_letter_topic": "nowhere"}},
            Code.NOT_FOUND,
        ),
    ],
)
def test_a_refused_update_changes_nothing(resources, paths, fields, code):
    made = resources.create_subscription(subscription_of())
    before = made.SerializeToString(deterministic=True)
    change = subscription_of(**{"topic": "", **fields})
    assert refusal(resources.update_subscription, change, paths) == code
    after = resources.backlog(NAME).subscription
    assert after.SerializeToString(deterministic=True) == before


def test_an_update_of_nothing_there_is_not_found(resources):
    change = subscription_of(ack_deadline_seconds=20)
    ask = resources.update_subscription
    assert refusal(ask, change, ["ack_deadline_seconds"]) == Code.NOT_FOUND


def test_an_update_reaches_the_backlog_that_is_at_work(resources):
    resources.create_subscription(subscription_of())
    backlog = resources.backlog(NAME)
    change = subscription_of(ack_deadline_seconds=300, labels={"a": "b"})
    resources.update_subscription(change, ["ack_deadline_seconds", "labels"])
    assert resources.backlog(NAME) is backlog
    assert backlog.subscription.ack_deadline_seconds == 300
    assert dict(backlog.subscription.labels) == {"a": "b"}
    resources.update_subscription(subscription_of(), ["labels"])
    assert not backlog.subscription.labels
    assert backlog.subscription.topic == TOPIC


def test_a_subscription_outlives_its_dead_letter_topic(resources):
    """What is wrong with one setting must not keep the others from being changed."""
    policy = {"dead_letter_topic": DEAD_LETTERS}
    resources.create_subscription(subscription_of(dead_letter_policy=policy))
    resources.delete_topic(DEAD_LETTERS)
    change = subscription_of(ack_deadline_seconds=20)
    made = resources.update_subscription(change, ["ack_deadline_seconds"])
    assert made.ack_deadline_seconds == 20
    assert made.dead_letter_policy.dead_letter_topic == DEAD_LETTERS


# Dead letters


def fail_to_the_end(resources, **message):
    """Publish a message and refuse it five times; returns the subscription's backlog."""
    policy = {"dead_letter_topic": DEAD_LETTERS, "max_delivery_attempts": 5}
    at_once = {"minimum_backoff": duration_pb2.Duration(), "maximum_backoff": seconds(600)}
    resources.create_subscription(subscription_of(dead_letter_policy=policy, retry_policy=at_once))
    backlog = resources.backlog(NAME)
    resources.publish(TOPIC, messages_of(message))
    for _ in range(5):
        backlog.extend([take_when_due(backlog).ack_id], 0)
    return backlog


def take_when_due(backlog):
    """Take the one message when its short back-off is over."""
    until = time.monotonic() + 5
    while not (leases := backlog.take(1)) and time.monotonic() < until:
        time.sleep(0.01)
    [lease] = leases
    return lease


def bury(resources):
    """Subscribe to the dead letters."""
    name = "projects/q/subscriptions/burial"
    return resources.backlog(
        resources.create_subscription(subscription_of(name, DEAD_LETTERS)).name
    )


def test_dead_letters_tell_where_they_come_from(resources):
    burial = bury(resources)
    backlog = fail_to_the_end(resources, data=b"x", attributes={"a": "b"})
    assert backlog.next_due_s() is None
    [dead] = burial.take(10)
    assert dead.attempt == 1
    assert dead.message.data == b"x"
    assert dead.message.message_id == "2"
    published = dead.message.attributes["CloudPubSubDeadLetterSourceTopicPublishTime"]
    assert published.endswith("Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(published)) < timedelta(seconds=5)
    assert dict(dead.message.attributes) == {
        "a": "b",
        "CloudPubSubDeadLetterSourceSubscription": "abc",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceTopicPublishTime": published,
    }


def test_a_dead_letter_may_have_more_attributes_than_a_message(resources):
    """Else one with nearly the most that is allowed would be delivered for ever."""
    burial = bury(resources)
    backlog = fail_to_the_end(resources, attributes={f"k{n}": "v" for n in range(100)})
    assert backlog.next_due_s() is None
    [dead] = burial.take(10)
    assert len(dead.message.attributes) == 104


def test_a_dead_letter_whose_topic_is_gone_stays(resources):
    backlog = fail_to_the_end(resources, data=b"1")
    resources.delete_topic(DEAD_LETTERS)
    resources.publish(TOPIC, messages_of({"data": b"2"}))
    for attempt in range(1, 8):
        lease = take_when_due(backlog)
        assert (lease.message.data, lease.attempt) == (b"2", attempt)
        backlog.extend([lease.ack_id], 0)


def test_a_dead_letter_goes_to_every_subscription_of_its_topic_once(resources):
    burial = bury(resources)
    fail_to_the_end(resources, data=b"x")
    resources.publish(DEAD_LETTERS, messages_of({"data": b"y"}))
    assert [lease.message.data for lease in burial.take(10)] == [b"x", b"y"]


# What would be ignored


@pytest.mark.parametrize(
    "fields",
    [
        {"bigquery_config": {"table": "p.d.t"}},
        {"cloud_storage_config": {"bucket": "b"}},
        {"retain_acked_messages": True},
        {"filter": "attributes.a"},
        {"push_config": {"push_endpoint": "http://x/", "no_wrapper": {"write_metadata": True}}},
        {"push_config": {"push_endpoint": "http://x/", "attributes": {"x-goog-version": "v1"}}},
    ],
    ids=str,
)
def test_what_is_not_done_here_is_refused_and_not_ignored(resources, fields):
    assert refusal(resources.create_subscription, subscription_of(**fields)) == (
        grpc.StatusCode.UNIMPLEMENTED
    )


def test_a_push_identity_needs_an_email(resources):
    """Without one the push would go out without a token."""
    config = {"push_endpoint": "http://x/", "oidc_token": {"audience": "a"}}
    assert refusal(resources.create_subscription, subscription_of(push_config=config)) == (
        grpc.StatusCode.INVALID_ARGUMENT
    )
