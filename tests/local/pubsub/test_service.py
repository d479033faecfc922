"""The embedded emulator over the wire: what only it refuses, and how it streams."""

import time

import grpc
import pytest
from google.api_core import exceptions
from google.pubsub_v1 import PublisherClient, SchemaServiceClient, types
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport

from tests.local.pubsub.doubles import PROJECT, eventually, new_name

NAME = f"{PROJECT}/subscriptions/nowhere"
SNAPSHOT = f"{PROJECT}/snapshots/abc"
NOWHERE = {"push_endpoint": "http://127.0.0.1:9/"}


@pytest.fixture
def emulator(embedded_emulator):
    before = len(embedded_emulator.subscribed)
    yield embedded_emulator
    embedded_emulator.forget(before)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(
            lambda e: e.subscriptions.create_snapshot(name=SNAPSHOT, subscription=NAME),
            id="create snapshot",
        ),
        pytest.param(lambda e: e.subscriptions.get_snapshot(snapshot=SNAPSHOT), id="get snapshot"),
        pytest.param(
            lambda e: list(e.subscriptions.list_snapshots(project=PROJECT)), id="list snapshots"
        ),
        pytest.param(
            lambda e: e.topics.detach_subscription(request={"subscription": NAME}), id="detach"
        ),
        pytest.param(
            lambda e: list(e.topics.list_topic_snapshots(request={"topic": e.topic()})),
            id="topic's snapshots",
        ),
        pytest.param(
            lambda e: e.topics.get_iam_policy(request={"resource": e.topic()}), id="iam policy"
        ),
        pytest.param(
            lambda e: SchemaServiceClient(
                transport=SchemaServiceGrpcTransport(channel=grpc.insecure_channel(e.host))
            ).get_schema(name=f"{PROJECT}/schemas/s"),
            id="schemas",
        ),
        pytest.param(
            lambda e: e.topics.create_topic(
                request={
                    "name": new_name("topics"),
                    "schema_settings": {"schema": f"{PROJECT}/schemas/s", "encoding": "JSON"},
                }
            ),
            id="a topic's schema",
        ),
        pytest.param(lambda e: e.subscribe(e.topic(), filter='attributes.a = "b"'), id="filter"),
        pytest.param(
            lambda e: e.subscribe(e.topic(), enable_message_ordering=True), id="message ordering"
        ),
        pytest.param(
            lambda e: e.subscribe(e.topic(), enable_exactly_once_delivery=True), id="exactly once"
        ),
        pytest.param(
            lambda e: e.publish(e.topic(), {"data": b"x", "ordering_key": "k"}), id="ordering key"
        ),
    ],
)
def test_what_is_not_here_says_so(emulator, ask):
    """Better than to accept it and behave differently from the service."""
    with pytest.raises(exceptions.MethodNotImplemented):
        ask(emulator)


def test_a_push_subscription_cannot_be_pulled(emulator):
    name = emulator.subscribe(emulator.topic(), push_config=NOWHERE)
    with pytest.raises(exceptions.FailedPrecondition):
        emulator.subscriptions.pull(subscription=name, max_messages=1)


@pytest.mark.parametrize("seconds", [-1, 601])
def test_a_lease_lasts_ten_minutes_at_most(emulator, seconds):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"x"})
    [entry] = emulator.pull(name)
    with pytest.raises(exceptions.InvalidArgument):
        emulator.subscriptions.modify_ack_deadline(
            subscription=name, ack_ids=[entry.ack_id], ack_deadline_seconds=seconds
        )


def test_the_ack_ids_of_another_subscription_are_refused(emulator):
    topic = emulator.topic()
    one, other = emulator.subscribe(topic), emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"x"})
    [entry] = emulator.pull(one)
    with pytest.raises(exceptions.InvalidArgument):
        emulator.subscriptions.acknowledge(subscription=other, ack_ids=[entry.ack_id])


def test_a_pull_of_nothing_answers_soon_with_nothing(emulator):
    """Well before a client's own deadline, which would make it an error."""
    name = emulator.subscribe(emulator.topic())
    started_s = time.monotonic()
    answer = emulator.subscriptions.pull(subscription=name, max_messages=1, retry=None, timeout=10)
    assert not answer.received_messages
    assert 1 < time.monotonic() - started_s < 8


def test_who_does_not_want_to_wait_is_answered_at_once(emulator):
    name = emulator.subscribe(emulator.topic())
    started_s = time.monotonic()
    assert emulator.pull_now(name) == []
    assert time.monotonic() - started_s < 1.8


def test_a_negative_number_of_messages_is_refused(emulator):
    name = emulator.subscribe(emulator.topic())
    with pytest.raises(exceptions.InvalidArgument):
        emulator.subscriptions.pull(subscription=name, max_messages=-1)


def data_of(responses):
    """Tell what the next response brings."""
    return [entry.message.data for entry in next(responses).received_messages]


def ack_ids_of(response):
    return [entry.ack_id for entry in response.received_messages]


def test_a_stream_hands_out_no_more_than_its_window(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"0"}, {"data": b"1"})
    with emulator.stream(name, max_outstanding_messages=3) as (responses, _send):
        assert data_of(responses) == [b"0", b"1"]
        emulator.publish(topic, {"data": b"2"}, {"data": b"3"}, {"data": b"4"})
        assert data_of(responses) == [b"2"]
        time.sleep(0.1)
        assert [entry.message.data for entry in emulator.pull_now(name)] == [b"3", b"4"]


def test_acknowledging_makes_room_in_a_streams_window(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"1"}, {"data": b"2"}, {"data": b"3"})
    with emulator.stream(name, max_outstanding_messages=1) as (responses, send):
        first = next(responses)
        send(types.StreamingPullRequest(ack_ids=ack_ids_of(first)))
        second = next(responses)
        emulator.subscriptions.acknowledge(subscription=name, ack_ids=ack_ids_of(second))
        assert data_of(responses) == [b"3"]


def test_refusing_on_a_stream_brings_the_message_again(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"1"})
    with emulator.stream(name) as (responses, send):
        ids = ack_ids_of(next(responses))
        send(types.StreamingPullRequest(modify_deadline_ack_ids=ids, modify_deadline_seconds=[0]))
        assert data_of(responses) == [b"1"]


def test_a_lease_that_ran_out_makes_room_in_a_streams_window(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    emulator.publish(topic, {"data": b"1"})
    with emulator.stream(name, max_outstanding_messages=1) as (responses, _send):
        emulator.subscriptions.modify_ack_deadline(
            subscription=name, ack_ids=ack_ids_of(next(responses)), ack_deadline_seconds=1
        )
        assert data_of(responses) == [b"1"]


def test_a_push_subscription_cannot_be_streamed(emulator):
    name = emulator.subscribe(emulator.topic(), push_config=NOWHERE)
    with (
        emulator.stream(name) as (responses, _send),
        pytest.raises(exceptions.FailedPrecondition),
    ):
        next(responses)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        pytest.param(
            lambda e, name: e.subscriptions.delete_subscription(subscription=name),
            exceptions.NotFound,
            id="deleted",
        ),
        pytest.param(
            lambda e, name: e.subscriptions.modify_push_config(
                subscription=name, push_config=NOWHERE
            ),
            exceptions.FailedPrecondition,
            id="pushed",
        ),
        pytest.param(
            lambda e, name: e.subscriptions.update_subscription(
                request={
                    "subscription": {"name": name, "push_config": NOWHERE},
                    "update_mask": {"paths": ["push_config"]},
                }
            ),
            exceptions.FailedPrecondition,
            id="pushed by an update",
        ),
    ],
)
def test_a_stream_ends_with_what_it_was_opened_for(emulator, end, error):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    with emulator.stream(name) as (responses, _send):
        emulator.publish(topic, {"data": b"1"})
        next(responses)
        end(emulator, name)
        with pytest.raises(error):
            next(responses)


def test_a_closed_stream_leaves_its_messages_to_others(emulator):
    topic = emulator.topic()
    name = emulator.subscribe(topic)
    with emulator.stream(name) as (responses, _send):
        emulator.publish(topic, {"data": b"1"})
        ids = ack_ids_of(next(responses))
    emulator.subscriptions.modify_ack_deadline(
        subscription=name, ack_ids=ids, ack_deadline_seconds=0
    )
    emulator.publish(topic, {"data": b"2"})
    assert eventually(
        lambda: sorted(entry.message.data for entry in emulator.pull(name, 2)) == [b"1", b"2"]
    )


def test_attempts_are_told_where_they_end_somewhere(emulator):
    topic = emulator.topic()
    policy = {"dead_letter_topic": topic}
    plain, counted = emulator.subscribe(topic), emulator.subscribe(topic, dead_letter_policy=policy)
    emulator.publish(topic, {"data": b"1"})
    for name, attempt in ((plain, 0), (counted, 1)):
        [entry] = emulator.pull(name)
        assert entry.delivery_attempt == attempt


def test_lists_hold_a_project_and_not_those_named_alike(emulator):
    for project in ("projects/alike", "projects/alike-too"):
        emulator.topics.create_topic(name=f"{project}/topics/abc")
        emulator.subscriptions.create_subscription(
            name=f"{project}/subscriptions/abc", topic=f"{project}/topics/abc"
        )
    topics = emulator.topics.list_topics(project="projects/alike")
    assert [topic.name for topic in topics] == ["projects/alike/topics/abc"]
    found = emulator.subscriptions.list_subscriptions(project="projects/alike")
    assert [subscription.name for subscription in found] == ["projects/alike/subscriptions/abc"]


def test_a_request_larger_than_grpcs_default_is_taken(emulator):
    """The default is 4 MiB; the service takes 10 MB."""
    request = {"topic": emulator.topic(), "messages": [{"data": b"x" * 9_900_000}]}
    assert PublisherClient.publish(emulator.topics, request=request).message_ids
