"""What pipelines rely on, asked of the embedded emulator and of Google's alike."""

import queue
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import datetime

import pytest
from google.api_core import exceptions
from google.cloud.pubsub_v1.types import FlowControl
from google.pubsub_v1 import types

from tests.local.pubsub.doubles import PROJECT, eventually, new_name, seconds
from tests.local.pubsub.trials import ACKNOWLEDGING, REFUSING

QUICK = {"retry_policy": {"minimum_backoff": seconds(0.1), "maximum_backoff": seconds(0.2)}}


def one(found):
    """Unwrap a list of one."""
    [only] = found
    return only


def data_of(received):
    """Tell what was pulled."""
    return sorted(entry.message.data for entry in received)


# Topics and subscriptions


def test_a_topic_exists_from_its_creation_to_its_deletion(emulator):
    name = new_name("topics")
    assert emulator.topics.create_topic(name=name).name == name
    assert emulator.topics.get_topic(topic=name).name == name
    emulator.topics.delete_topic(topic=name)
    with pytest.raises(exceptions.NotFound):
        emulator.topics.get_topic(topic=name)
    assert emulator.topics.create_topic(name=name).name == name, "the name is free again"


def test_topics_are_listed_by_project(emulator):
    names = [emulator.topic() for _ in range(3)]
    elsewhere = names[0].replace(PROJECT, f"{PROJECT}-other")
    emulator.topics.create_topic(name=elsewhere)
    emulator.topics.delete_topic(topic=names[2])
    listed = {topic.name for topic in emulator.topics.list_topics(project=PROJECT)}
    assert {*names, elsewhere} & listed == set(names[:2])


def test_a_subscription_exists_from_its_creation_to_its_deletion(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    found = emulator.subscriptions.get_subscription(subscription=name)
    assert (found.name, found.topic, found.ack_deadline_seconds) == (name, topic, 10)
    emulator.subscriptions.delete_subscription(subscription=name)
    with pytest.raises(exceptions.NotFound):
        emulator.subscriptions.get_subscription(subscription=name)


def test_subscriptions_are_listed_by_project_and_by_topic(emulator):
    topic, other = emulator.topic(), emulator.topic()
    names = {emulator.subscribe(topic), emulator.subscribe(topic)}
    deleted, elsewhere = emulator.subscribe(topic), emulator.subscribe(other)
    emulator.subscriptions.delete_subscription(subscription=deleted)
    listed = {found.name for found in emulator.subscriptions.list_subscriptions(project=PROJECT)}
    assert {*names, deleted, elsewhere} & listed == {*names, elsewhere}
    assert set(emulator.topics.list_topic_subscriptions(topic=topic)) == names


def test_a_subscription_keeps_its_settings(emulator):
    topic, dead_letters = emulator.topic(), emulator.topic()
    wanted = {
        "ack_deadline_seconds": 60,
        "push_config": {
            "push_endpoint": "http://127.0.0.1:9/push?x=1",
            "oidc_token": {"service_account_email": "a@b.example", "audience": "https://c"},
        },
        "retry_policy": {"minimum_backoff": seconds(1), "maximum_backoff": seconds(10)},
        "dead_letter_policy": {"dead_letter_topic": dead_letters, "max_delivery_attempts": 7},
    }
    name = emulator.subscribe(topic, **wanted)
    found = emulator.subscriptions.get_subscription(subscription=name)
    for field, value in wanted.items():
        assert getattr(found, field) == getattr(types.Subscription({field: value}), field), field


def test_policies_have_defaults(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(
        topic, retry_policy=types.RetryPolicy(), dead_letter_policy={"dead_letter_topic": topic}
    )
    found = emulator.subscriptions.get_subscription(subscription=name)
    assert found.retry_policy.minimum_backoff.total_seconds() == 10
    assert found.retry_policy.maximum_backoff.total_seconds() == 600
    assert found.dead_letter_policy.max_delivery_attempts == 5


def test_a_deleted_topic_leaves_its_subscriptions_what_they_have(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"kept"})
    emulator.topics.delete_topic(topic=topic)
    assert emulator.subscriptions.get_subscription(subscription=name).topic == "_deleted-topic_"
    assert data_of(emulator.pull(name)) == [b"kept"]
    emulator.topics.create_topic(name=topic)
    emulator.publish(topic, {"data": b"of another topic"})
    time.sleep(0.2)
    assert emulator.pull_now(name) == []


def update(emulator, name, paths, **fields):
    """Update a subscription with a mask."""
    return emulator.subscriptions.update_subscription(
        request={"subscription": {"name": name, **fields}, "update_mask": {"paths": paths}}
    )


def test_an_update_changes_what_its_mask_names_and_nothing_else(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic, **QUICK)
    changed = update(
        emulator,
        name,
        ["ack_deadline_seconds", "dead_letter_policy"],
        ack_deadline_seconds=33,
        dead_letter_policy={"dead_letter_topic": topic},
        retry_policy={"minimum_backoff": seconds(50), "maximum_backoff": seconds(60)},
    )
    found = emulator.subscriptions.get_subscription(subscription=name)
    assert changed == found
    assert found.ack_deadline_seconds == 33
    assert found.dead_letter_policy.dead_letter_topic == topic
    assert found.dead_letter_policy.max_delivery_attempts == 5
    assert found.retry_policy == types.RetryPolicy(QUICK["retry_policy"])


def test_an_update_clears_what_its_mask_names_and_it_leaves_out(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(
        topic, **QUICK, ack_deadline_seconds=60, dead_letter_policy={"dead_letter_topic": topic}
    )
    update(emulator, name, ["retry_policy", "dead_letter_policy", "ack_deadline_seconds"])
    found = types.Subscription.pb(emulator.subscriptions.get_subscription(subscription=name))
    assert not found.HasField("retry_policy")
    assert not found.dead_letter_policy.dead_letter_topic
    assert found.ack_deadline_seconds == 10


# Refusals

NOWHERE_TOPIC = f"{PROJECT}/topics/nowhere"
NOWHERE = f"{PROJECT}/subscriptions/nowhere"


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda e: e.topics.get_topic(topic=NOWHERE_TOPIC), id="get topic"),
        pytest.param(lambda e: e.topics.delete_topic(topic=NOWHERE_TOPIC), id="delete topic"),
        pytest.param(lambda e: e.publish(NOWHERE_TOPIC, {"data": b"x"}), id="publish"),
        pytest.param(lambda e: e.subscribe(NOWHERE_TOPIC), id="subscribe"),
        pytest.param(
            lambda e: e.subscribe(
                e.topic(), dead_letter_policy={"dead_letter_topic": NOWHERE_TOPIC}
            ),
            id="dead-letter topic",
        ),
        pytest.param(
            lambda e: e.subscriptions.get_subscription(subscription=NOWHERE), id="get subscription"
        ),
        pytest.param(
            lambda e: e.subscriptions.delete_subscription(subscription=NOWHERE),
            id="delete subscription",
        ),
        pytest.param(
            lambda e: update(e, NOWHERE, ["ack_deadline_seconds"], ack_deadline_seconds=20),
            id="update subscription",
        ),
        pytest.param(
            lambda e: e.subscriptions.modify_push_config(subscription=NOWHERE, push_config={}),
            id="modify push config",
        ),
        pytest.param(
            lambda e: e.subscriptions.pull(subscription=NOWHERE, max_messages=1), id="pull"
        ),
        pytest.param(
            lambda e: e.subscriptions.acknowledge(subscription=NOWHERE, ack_ids=["x"]),
            id="acknowledge",
        ),
        pytest.param(
            lambda e: e.subscriptions.modify_ack_deadline(
                subscription=NOWHERE, ack_ids=["x"], ack_deadline_seconds=10
            ),
            id="modify ack deadline",
        ),
        pytest.param(
            lambda e: e.subscriptions.subscribe(NOWHERE, print).result(10), id="streaming pull"
        ),
    ],
)
def test_what_does_not_exist_is_not_found(emulator, ask):
    with pytest.raises(exceptions.NotFound):
        ask(emulator)


def test_a_name_is_taken_once(emulator):
    topic = emulator.topic()
    with pytest.raises(exceptions.AlreadyExists):
        emulator.topics.create_topic(name=topic)
    name = emulator.subscribe(topic)
    with pytest.raises(exceptions.AlreadyExists):
        emulator.subscriptions.create_subscription(name=name, topic=topic)


def create_topic(name):
    return lambda e: e.topics.create_topic(name=name)


def subscribe(**settings):
    return lambda e: e.subscribe(e.topic(), **settings)


def publish(*messages):
    return lambda e: e.publish(e.topic(), *messages)


def ask_of_subscription(method, **arguments):
    def ask(emulator):
        name = emulator.subscribe(emulator.topic())
        getattr(emulator.subscriptions, method)(request={"subscription": name, **arguments})

    return ask


def change(*paths, **fields):
    return lambda e: update(e, e.subscribe(e.topic()), list(paths), **fields)


def back_off(low_s, high_s):
    policy = {"minimum_backoff": seconds(low_s), "maximum_backoff": seconds(high_s)}
    return subscribe(retry_policy=policy)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(create_topic(f"{PROJECT}/topics/ab"), id="short name"),
        pytest.param(create_topic(f"{PROJECT}/topics/goog-x"), id="reserved name"),
        pytest.param(create_topic(f"{PROJECT}/topics/1abc"), id="name with a digit first"),
        pytest.param(create_topic(f"{PROJECT}/topics/{'a' * 256}"), id="long name"),
        pytest.param(create_topic(f"{PROJECT}/topics/a b c"), id="name with spaces"),
        pytest.param(create_topic(f"{PROJECT}/topics/abc$"), id="name with a dollar"),
        pytest.param(create_topic(f"{PROJECT}/topics/abc/def"), id="name with a slash"),
        pytest.param(create_topic("x"), id="no full name"),
        pytest.param(create_topic(NOWHERE), id="topic with a subscription's name"),
        pytest.param(lambda e: e.topics.get_topic(topic="bad"), id="get a bad name"),
        pytest.param(
            lambda e: e.subscriptions.create_subscription(name="bad", topic=e.topic()),
            id="subscription with a bad name",
        ),
        pytest.param(
            lambda e: e.subscriptions.create_subscription(name=new_name("subscriptions"), topic=""),
            id="subscription without topic",
        ),
        pytest.param(subscribe(ack_deadline_seconds=601), id="long deadline"),
        pytest.param(subscribe(ack_deadline_seconds=-1), id="negative deadline"),
        pytest.param(subscribe(push_config={"push_endpoint": "ftp://x"}), id="ftp"),
        pytest.param(subscribe(push_config={"push_endpoint": "notaurl"}), id="no url"),
        pytest.param(subscribe(push_config={"push_endpoint": "/x"}), id="only a path"),
        pytest.param(back_off(10, 5), id="back-off backwards"),
        pytest.param(back_off(601, 602), id="long minimum back-off"),
        pytest.param(back_off(1, 601), id="long maximum back-off"),
        pytest.param(back_off(-1, 5), id="negative back-off"),
        pytest.param(publish(), id="no messages"),
        pytest.param(publish({}), id="empty message"),
        pytest.param(publish({"data": b"x"}, {}), id="an empty message among others"),
        pytest.param(publish(*[{"data": b"x"}] * 1001), id="1001 messages"),
        pytest.param(ask_of_subscription("pull", max_messages=0), id="pull nothing"),
        pytest.param(ask_of_subscription("acknowledge", ack_ids=["foo"]), id="foreign ack id"),
        pytest.param(ask_of_subscription("acknowledge", ack_ids=[]), id="no ack ids"),
        pytest.param(
            ask_of_subscription("modify_ack_deadline", ack_ids=["foo"], ack_deadline_seconds=10),
            id="deadline of a foreign ack id",
        ),
        pytest.param(
            ask_of_subscription("modify_ack_deadline", ack_ids=[], ack_deadline_seconds=10),
            id="deadline of no ack ids",
        ),
        pytest.param(
            ask_of_subscription("modify_push_config", push_config={"push_endpoint": "ftp://x"}),
            id="push to ftp",
        ),
        pytest.param(change(), id="update without mask"),
        pytest.param(change("foo"), id="update of an unknown field"),
        pytest.param(change("topic", topic=NOWHERE_TOPIC), id="update of the topic"),
        pytest.param(change("push_config.push_endpoint"), id="update of a nested field"),
    ],
)
def test_what_makes_no_sense_is_an_invalid_argument(emulator, ask):
    with pytest.raises(exceptions.InvalidArgument):
        ask(emulator)


@pytest.mark.parametrize("attempts", [4, 101, -1])
def test_delivery_attempts_out_of_range_say_so(emulator, attempts):
    topic = emulator.topic()
    policy = {"dead_letter_topic": topic, "max_delivery_attempts": attempts}
    with pytest.raises(exceptions.OutOfRange):
        emulator.subscribe(topic, dead_letter_policy=policy)


@pytest.mark.parametrize("name", ["abc", "a" * 255, "Az0-._~+%", "xgoog", "ab%2"])
def test_a_name_may_look_like_this(emulator, name):
    name = f"{PROJECT}-{new_name('x')[-8:]}/topics/{name}"
    assert emulator.topics.create_topic(name=name).name == name


def test_a_refused_batch_publishes_nothing(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    with pytest.raises(exceptions.InvalidArgument):
        emulator.publish(topic, {"data": b"x"}, {})
    time.sleep(0.2)
    assert emulator.pull_now(name) == []


# Publish, pull, acknowledge


def test_what_the_standard_client_publishes_is_pulled_as_it_was(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    before_s = time.time()
    id_ = emulator.topics.publish(topic, b"\x00\xff{}", one="1", two="").result(10)
    received = one(emulator.pull(name))
    assert received.message.message_id == id_
    assert received.message.data == b"\x00\xff{}"
    assert dict(received.message.attributes) == {"one": "1", "two": ""}
    assert abs(received.message.publish_time.timestamp() - before_s) < 5
    assert received.delivery_attempt in {0, None}


def test_ids_are_unique_and_answered_in_order(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    ids = emulator.publish(topic, *({"data": b"%d" % number} for number in range(1000)))
    assert len(set(ids)) == 1000
    received = emulator.pull(name, 1000)
    assert {entry.message.message_id: entry.message.data for entry in received} == {
        id_: b"%d" % number for number, id_ in enumerate(ids)
    }


def test_an_acknowledged_message_never_comes_again(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"a"}, {"data": b"b"})
    received = emulator.pull(name, 2)
    for entry in received:
        emulator.subscriptions.modify_ack_deadline(
            subscription=name, ack_ids=[entry.ack_id], ack_deadline_seconds=1
        )
    acknowledged = next(entry for entry in received if entry.message.data == b"a")
    emulator.subscriptions.acknowledge(subscription=name, ack_ids=[acknowledged.ack_id])
    time.sleep(1.2)
    assert data_of(emulator.pull(name)) == [b"b"]
    emulator.subscriptions.acknowledge(subscription=name, ack_ids=[acknowledged.ack_id])


def test_a_leased_message_is_nobody_elses(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"a"})
    assert len(emulator.pull(name)) == 1
    time.sleep(0.3)
    assert emulator.pull_now(name) == []


def test_a_refused_message_comes_again_as_the_same(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"a", "attributes": {"b": "c"}})
    first = one(emulator.pull(name))
    emulator.subscriptions.modify_ack_deadline(
        subscription=name, ack_ids=[first.ack_id], ack_deadline_seconds=0
    )
    again = one(emulator.pull(name))
    assert again.message == first.message
    assert again.ack_id != first.ack_id


def test_a_message_whose_lease_ran_out_comes_again_as_the_same(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"a"})
    first = one(emulator.pull(name))
    emulator.subscriptions.modify_ack_deadline(
        subscription=name, ack_ids=[first.ack_id], ack_deadline_seconds=1
    )
    extended_s = time.monotonic()
    again = one(emulator.pull(name))
    assert time.monotonic() - extended_s > 0.9
    assert again.message == first.message
    emulator.subscriptions.acknowledge(subscription=name, ack_ids=[again.ack_id])


def test_a_pull_waits_for_a_message(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    later = threading.Timer(0.3, emulator.publish, (topic, {"data": b"late"}))
    later.start()
    answer = emulator.subscriptions.pull(subscription=name, max_messages=5, timeout=10)
    assert data_of(answer.received_messages) == [b"late"]
    later.join()


def test_a_pull_takes_no_more_than_it_asks_for(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, *[{"data": b"x"}] * 5)
    time.sleep(0.2)
    assert len(emulator.pull_now(name, most=2)) == 2
    assert len(emulator.pull(name, 3)) == 3


def test_each_subscription_gets_its_own_copy_from_its_creation_on(emulator):
    topic = emulator.topic()
    emulator.publish(topic, {"data": b"too early"})
    first, second = emulator.subscribe(topic), emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"x"})
    received = one(emulator.pull(first))
    emulator.subscriptions.acknowledge(subscription=first, ack_ids=[received.ack_id])
    assert one(emulator.pull(second)).message == received.message


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"attributes": {"only": "this"}}, id="attributes alone"),
        pytest.param({"attributes": {"ключ": "значение", "🙂": "naïve\n"}}, id="non-ASCII"),
        pytest.param({"data": bytes(range(256)) * 36_000}, id="nine megabytes"),
        pytest.param(
            {"data": b"x", "attributes": {f"k{n}": "v" for n in range(100)}}, id="100 attributes"
        ),
        pytest.param(
            {"data": b"x", "attributes": {"k" * 256: "v" * 1024}}, id="the longest attribute"
        ),
    ],
)
def test_a_message_may_be_unusual(emulator, endpoint, sent):
    """It is pulled and pushed as it was published."""
    topic = emulator.topic()
    pulling = emulator.subscribe(topic)
    emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
    id_ = one(emulator.publish(topic, sent))
    received = one(emulator.pull(pulling)).message
    assert received.data == sent.get("data", b"")
    assert dict(received.attributes) == sent.get("attributes", {})
    assert eventually(lambda: endpoint.pushes)
    push = endpoint.pushes[0]
    assert push.id == id_
    assert push.data == sent.get("data", b"")
    assert push.message.get("attributes", {}) == sent.get("attributes", {})


# Streaming pull


@contextmanager
def streaming(emulator, name, callback, **flow):
    """Pull with the standard client until the end of the block."""
    future = emulator.subscriptions.subscribe(
        name, callback, flow_control=FlowControl(**flow), await_callbacks_on_shutdown=True
    )
    try:
        yield future
    finally:
        future.cancel()
        future.result(10)


def test_a_stream_receives_everything_once(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    received = queue.Queue()

    def take(message):
        received.put(message.message_id)
        message.ack()

    with streaming(emulator, name, take):
        ids = [emulator.topics.publish(topic, b"x") for _ in range(250)]
        time.sleep(0.1)
        ids += [emulator.topics.publish(topic, b"x") for _ in range(250)]
        wanted = {id_.result(10) for id_ in ids}
        assert eventually(lambda: received.qsize() >= 500)
        time.sleep(0.3)
    got = Counter(received.get() for _ in range(received.qsize()))
    assert set(got) == wanted
    assert max(got.values()) == 1
    time.sleep(0.2)
    assert emulator.pull_now(name) == []


def test_a_stream_goes_on_when_its_window_has_been_full(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    received = queue.Queue()

    def take(message):
        received.put(message.message_id)
        message.ack()

    ids = emulator.publish(topic, *[{"data": b"x"}] * 100)
    with streaming(emulator, name, take, max_messages=10):
        assert eventually(lambda: received.qsize() >= 100)
    assert {received.get() for _ in range(received.qsize())} == set(ids)


def test_a_stream_gets_again_what_it_refused(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    received = queue.Queue()

    def take(message):
        received.put(message.message_id)
        (message.ack if received.qsize() > 1 else message.nack)()

    with streaming(emulator, name, take):
        id_ = one(emulator.publish(topic, {"data": b"x"}))
        assert eventually(lambda: received.qsize() >= 2)
    assert [received.get(), received.get()] == [id_, id_]


def test_two_streams_share_the_messages(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    received = queue.Queue()

    def take(message):
        received.put(message.message_id)
        message.ack()

    with streaming(emulator, name, take), streaming(emulator, name, take):
        ids = [id_ for _ in range(20) for id_ in emulator.publish(topic, *[{"data": b"x"}] * 10)]
        assert eventually(lambda: received.qsize() >= 200)
        time.sleep(0.2)
    assert Counter(received.get() for _ in range(received.qsize())) == Counter(ids)


# Push


def test_a_push_has_the_documented_shape(emulator, endpoint):
    """Source: https://cloud.google.com/pubsub/docs/push#receive_push."""
    topic = emulator.topic()
    url = f"{endpoint.url}push?x=1"
    name = emulator.subscribe(topic, push_config={"push_endpoint": url})
    pulling = emulator.subscribe(topic)
    id_ = one(emulator.publish(topic, {"data": b"abc\xff\xfe?>", "attributes": {"a": "b"}}))
    assert eventually(lambda: endpoint.pushes)
    push = endpoint.pushes[0]
    assert push.headers["Content-Type"] == "application/json"
    assert push.target == "POST /push?x=1"
    published = push.message.pop("publishTime")
    assert push.body == {
        "subscription": name,
        "message": {
            "data": "YWJj//4/Pg==",
            "attributes": {"a": "b"},
            "messageId": id_,
            "message_id": id_,
            "publish_time": published,
        },
    }
    assert published.endswith("Z")
    assert one(emulator.pull(pulling)).message.publish_time == datetime.fromisoformat(published)


@pytest.fixture
def trials(any_emulator, trials_of):
    return trials_of(any_emulator)


@pytest.fixture
def emulator(any_emulator, trials):
    """Each emulator, with the trials under way while other tests run."""
    before = len(any_emulator.subscribed)
    yield any_emulator
    any_emulator.forget(before)


@pytest.mark.parametrize("status", ACKNOWLEDGING)
def test_these_statuses_acknowledge(trials, status):
    """Google's emulator also takes 203, and not 202; the documentation says otherwise."""
    assert len(trials.pushes(str(status), 1)) == 1


@pytest.mark.parametrize("status", REFUSING)
def test_all_other_statuses_ask_for_another_delivery(trials, status):
    first, second = trials.pushes(str(status), 2)
    assert first.body == second.body


def test_a_push_is_repeated_until_it_is_acknowledged(trials):
    pushes = trials.pushes("repeated", 3)
    assert [push.id for push in pushes] == [trials.ids["repeated"]] * 3
    assert len({push.message["publishTime"] for push in pushes}) == 1


def test_after_five_failed_pushes_a_message_goes_to_the_dead_letters(trials):
    dead = one(trials.emulator.pull(trials.burial, within_s=30)).message
    pushes = trials.pushes("dead", 5)
    assert [push.id for push in pushes] == [trials.ids["dead"]] * 5
    assert dead.data == b"x"
    assert dict(dead.attributes) == {
        "a": "b",
        "CloudPubSubDeadLetterSourceSubscription": trials.names["dead"].rpartition("/")[2],
        "CloudPubSubDeadLetterSourceSubscriptionProject": PROJECT.rpartition("/")[2],
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceTopicPublishTime": pushes[0].message["publishTime"],
    }
    assert dead.message_id != trials.ids["dead"]


def test_many_messages_are_pushed_each_once(emulator, endpoint):
    topic = emulator.topic()
    emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
    ids = emulator.publish(topic, *[{"data": b"x"}] * 200)
    assert eventually(lambda: len(endpoint.pushes) >= 200)
    time.sleep(0.2)
    assert Counter(endpoint.ids) == Counter(ids)


def test_pulls_count_their_attempts_and_end_in_the_dead_letters_too(emulator):
    topic, dead_letters = emulator.topic(), emulator.topic()
    burial = emulator.subscribe(dead_letters)
    name = emulator.subscribe(topic, dead_letter_policy={"dead_letter_topic": dead_letters})
    emulator.publish(topic, {"data": b"x"})
    for attempt in range(1, 6):
        entry = one(emulator.pull(name))
        assert entry.delivery_attempt == attempt
        emulator.subscriptions.modify_ack_deadline(
            subscription=name, ack_ids=[entry.ack_id], ack_deadline_seconds=0
        )
    time.sleep(0.2)
    assert emulator.pull_now(name) == [], "Google's buries it on this occasion"
    assert data_of(emulator.pull(burial)) == [b"x"]


@pytest.mark.parametrize("method", ["modify", "update"])
def test_a_push_config_turns_pull_into_push(emulator, endpoint, method):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    before = one(emulator.publish(topic, {"data": b"waits"}))
    push_config = {"push_endpoint": endpoint.url}
    if method == "modify":
        emulator.subscriptions.modify_push_config(subscription=name, push_config=push_config)
    else:
        update(emulator, name, ["push_config"], push_config=push_config)
    after = one(emulator.publish(topic, {"data": b"x"}))
    assert eventually(lambda: len(endpoint.pushes) >= 2)
    assert set(endpoint.ids) == {before, after}


def test_an_empty_push_config_turns_push_into_pull(emulator, endpoint):
    topic = emulator.topic()
    name = emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
    emulator.subscriptions.modify_push_config(subscription=name, push_config={})
    emulator.publish(topic, {"data": b"x"})
    assert data_of(emulator.pull(name)) == [b"x"]
    assert endpoint.pushes == []


def test_a_push_config_may_move_the_endpoint(emulator, endpoint):
    topic = emulator.topic()
    name = emulator.subscribe(topic, push_config={"push_endpoint": f"{endpoint.url}old"})
    emulator.publish(topic, {"data": b"1"})
    assert eventually(lambda: len(endpoint.pushes) == 1)
    push_config = {"push_endpoint": f"{endpoint.url}new"}
    update(emulator, name, ["push_config"], push_config=push_config)
    emulator.publish(topic, {"data": b"2"})
    assert eventually(lambda: len(endpoint.pushes) == 2)
    assert [push.target for push in endpoint.pushes] == ["POST /old", "POST /new"]
