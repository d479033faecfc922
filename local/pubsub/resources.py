"""Topics and subscriptions: what exists, and what may be asked for. Errors as the service's."""

import re
import time
from collections import defaultdict, deque
from typing import Any

import grpc
from google.pubsub_v1 import types

from local.pubsub.backlog import Backlog

Code = grpc.StatusCode
PubsubMessage = types.PubsubMessage.pb()

MAX_MESSAGES, MAX_BYTES = 1000, 10_000_000
MAX_ATTRIBUTES, MAX_KEY_BYTES, MAX_VALUE_BYTES = 100, 256, 1024
"""Source: https://cloud.google.com/pubsub/quotas#resource_limits"""
DEFAULT_ACK_DEADLINE_S, MAX_ACK_DEADLINE_S = 10, 600
MIN_ATTEMPTS, MAX_ATTEMPTS = 5, 100
MIN_BACKOFF_S, MAX_BACKOFF_S = 10, 600
TOPIC_FIELDS = frozenset({"name", "labels", "message_retention_duration"})
SUBSCRIPTION_FIELDS = frozenset(
    {
        "name",
        "topic",
        "push_config",
        "ack_deadline_seconds",
        "retry_policy",
        "dead_letter_policy",
        "labels",
        "message_retention_duration",
        "expiration_policy",
    }
)
PUSH_FIELDS = frozenset({"push_endpoint", "oidc_token"})
"""What may be asked for; all else is refused, since ignoring it would mislead."""
TOPIC_CHANGEABLE = ("labels", "message_retention_duration")
CHANGEABLE = ("push_config", "ack_deadline_seconds", "retry_policy", "dead_letter_policy", "labels")


class RequestError(Exception):
    """What the service answers instead of a result."""

    def __init__(self, code: Any, message: str) -> None:
        super().__init__(message)
        self.code = code


class Resources:
    """All topics, and all subscriptions with their backlogs."""

    def __init__(self) -> None:
        self.topics: dict[str, Any] = {}
        self.backlogs: dict[str, Backlog] = {}
        self._published = 0
        self._retained: defaultdict[str, deque[Any]] = defaultdict(deque)

    def create_topic(self, topic: Any) -> Any:
        """Add a topic."""
        _check_name(topic.name, "topics")
        if topic.name in self.topics:
            raise RequestError(Code.ALREADY_EXISTS, "Topic already exists")
        _check_fields(topic, TOPIC_FIELDS)
        self.topics[topic.name] = topic
        return topic

    def topic(self, name: str) -> Any:
        """Find a topic."""
        _check_name(name, "topics")
        if name not in self.topics:
            raise RequestError(Code.NOT_FOUND, "Topic not found")
        return self.topics[name]

    def delete_topic(self, name: str) -> None:
        """Remove a topic; its subscriptions keep what they have."""
        del self.topics[self.topic(name).name]
        self._retained.pop(name, None)
        for backlog in self.subscribed(name):
            backlog.subscription.topic = "_deleted-topic_"

    def update_topic(self, change: Any, paths: list[str]) -> Any:
        """Replace whole fields of a topic; a retention begins with the next message."""
        topic = self.topic(change.name)
        if not paths:
            raise RequestError(Code.INVALID_ARGUMENT, "update_mask must be set")
        if unknown := [path for path in paths if path not in TOPIC_CHANGEABLE]:
            raise RequestError(Code.INVALID_ARGUMENT, f"update_mask: cannot change {unknown[0]}")
        for path in paths:
            topic.ClearField(path)
        topic.MergeFrom(type(change)(**{path: getattr(change, path) for path in paths}))
        return topic

    def seek(self, request: Any) -> None:
        """Go back, or forward, to a moment; what the topic still retains is delivered again."""
        backlog = self.backlog(request.subscription)
        if request.WhichOneof("target") == "snapshot":
            raise RequestError(Code.UNIMPLEMENTED, "snapshots are not supported here")
        if request.WhichOneof("target") is None:
            raise RequestError(Code.INVALID_ARGUMENT, "time or snapshot must be set")
        topic = backlog.subscription.topic
        backlog.seek(request.time.ToNanoseconds(), self._still_retained(topic))

    def subscribed(self, topic: str) -> list[Backlog]:
        """Find a topic's subscriptions."""
        return [found for found in self.backlogs.values() if found.subscription.topic == topic]

    def create_subscription(self, subscription: Any) -> Any:
        """Add a subscription."""
        _check_name(subscription.name, "subscriptions")
        if subscription.name in self.backlogs:
            raise RequestError(Code.ALREADY_EXISTS, "Subscription already exists")
        _check_name(subscription.topic, "topics")
        if subscription.topic not in self.topics:
            raise RequestError(Code.NOT_FOUND, "Subscription topic does not exist")
        self._complete(subscription)
        self._check_dead_letters(subscription)

        def dead_letter(message: Any, attempts: int) -> bool:
            return self._dead_letter(subscription, message, attempts)

        self.backlogs[subscription.name] = Backlog(subscription, dead_letter)
        return subscription

    def update_subscription(self, change: Any, paths: list[str]) -> Any:
        """Replace whole fields of a subscription."""
        if not paths:
            raise RequestError(Code.INVALID_ARGUMENT, "update_mask must be set")
        if unknown := [path for path in paths if path not in CHANGEABLE]:
            raise RequestError(Code.INVALID_ARGUMENT, f"update_mask: cannot change {unknown[0]}")
        subscription = self.backlog(change.name).subscription
        changed = type(subscription)()
        changed.CopyFrom(subscription)
        for path in paths:
            changed.ClearField(path)
        kept = {path: getattr(change, path) for path in paths if _is_set(change, path)}
        changed.MergeFrom(type(change)(**kept))
        self._complete(changed)
        if "dead_letter_policy" in paths:
            self._check_dead_letters(changed)
        subscription.CopyFrom(changed)
        # Whoever waits for its messages may have to do so otherwise now, or not at all.
        self.backlogs[change.name].changed.set()
        return subscription

    def backlog(self, name: str) -> Backlog:
        """Find a subscription's backlog."""
        if name not in self.backlogs:
            raise RequestError(Code.NOT_FOUND, "Subscription does not exist")
        return self.backlogs[name]

    def pullable(self, name: str) -> Backlog:
        """Find the backlog of a subscription that is not pushed."""
        backlog = self.backlog(name)
        if backlog.subscription.push_config.push_endpoint:
            raise RequestError(Code.FAILED_PRECONDITION, "The subscription is a push subscription")
        return backlog

    def publish(self, topic: str, messages: list[Any]) -> list[str]:
        """Give messages an id and a time, and to each of the topic's subscriptions."""
        self.topic(topic)
        if not messages:
            raise RequestError(Code.INVALID_ARGUMENT, "No messages to publish")
        if len(messages) > MAX_MESSAGES:
            raise RequestError(Code.INVALID_ARGUMENT, "Too many messages to publish")
        if sum(message.ByteSize() for message in messages) > MAX_BYTES:
            raise RequestError(Code.INVALID_ARGUMENT, "The request is over 10 MB")
        for message in messages:
            _check_message(message)
        return self._hand_out(topic, messages)

    def _hand_out(self, topic: str, messages: list[Any]) -> list[str]:
        backlogs = self.subscribed(topic)
        for message in messages:
            self._published += 1
            message.message_id = str(self._published)
            message.publish_time.FromNanoseconds(time.time_ns() // 1000 * 1000)
            for backlog in backlogs:
                backlog.add(message)
        if topic in self.topics and self.topics[topic].HasField("message_retention_duration"):
            self._still_retained(topic).extend(messages)
        return [message.message_id for message in messages]

    def _still_retained(self, topic: str) -> deque[Any]:
        kept = self._retained[topic]
        if topic in self.topics:
            kept_ns = self.topics[topic].message_retention_duration.ToNanoseconds()
            while kept and kept[0].publish_time.ToNanoseconds() < time.time_ns() - kept_ns:
                kept.popleft()
        return kept

    def _dead_letter(self, subscription: Any, message: Any, attempts: int) -> bool:
        _projects, project, _subscriptions, name = subscription.name.split("/")
        marks = {
            "CloudPubSubDeadLetterSourceSubscription": name,
            "CloudPubSubDeadLetterSourceSubscriptionProject": project,
            "CloudPubSubDeadLetterSourceDeliveryCount": str(attempts),
            "CloudPubSubDeadLetterSourceTopicPublishTime": message.publish_time.ToJsonString(),
        }
        copy = PubsubMessage(data=message.data, attributes={**message.attributes, **marks})
        topic = subscription.dead_letter_policy.dead_letter_topic
        if topic not in self.topics:
            # Nowhere to go: delivering on beats losing it.
            return False
        # Not by `publish`: with the marks it may have more attributes than a publisher may send.
        self._hand_out(topic, [copy])
        return True

    def _complete(self, subscription: Any) -> None:
        """Fill in defaults, and refuse what the service or this emulator refuses."""
        _check_fields(subscription, SUBSCRIPTION_FIELDS)
        _check_fields(subscription.push_config, PUSH_FIELDS)
        token = subscription.push_config.oidc_token
        if subscription.push_config.HasField("oidc_token") and not token.service_account_email:
            raise RequestError(Code.INVALID_ARGUMENT, "oidc_token needs service_account_email")
        subscription.ack_deadline_seconds = (
            subscription.ack_deadline_seconds or DEFAULT_ACK_DEADLINE_S
        )
        deadline = subscription.ack_deadline_seconds
        if not DEFAULT_ACK_DEADLINE_S <= deadline <= MAX_ACK_DEADLINE_S:
            raise RequestError(Code.INVALID_ARGUMENT, "ack_deadline_secs out of bounds")
        endpoint = subscription.push_config.push_endpoint
        if endpoint and not re.match(r"https?://[^/]+", endpoint):
            raise RequestError(Code.INVALID_ARGUMENT, "Unsupported push_endpoint")
        if subscription.HasField("retry_policy"):
            _complete_backoff(subscription.retry_policy)
        if subscription.HasField("dead_letter_policy"):
            policy = subscription.dead_letter_policy
            policy.max_delivery_attempts = policy.max_delivery_attempts or MIN_ATTEMPTS
            if not MIN_ATTEMPTS <= policy.max_delivery_attempts <= MAX_ATTEMPTS:
                raise RequestError(Code.OUT_OF_RANGE, "max_delivery_attempts must be 5 to 100")

    def _check_dead_letters(self, subscription: Any) -> None:
        topic = subscription.dead_letter_policy.dead_letter_topic
        if subscription.HasField("dead_letter_policy") and topic not in self.topics:
            raise RequestError(Code.NOT_FOUND, "Dead letter topic not found")


def _check_fields(message: Any, known: frozenset[str]) -> None:
    for descriptor, _value in message.ListFields():
        if descriptor.name not in known:
            raise RequestError(Code.UNIMPLEMENTED, f"{descriptor.name} is not supported here")


def _is_set(message: Any, field: str) -> bool:
    return any(descriptor.name == field for descriptor, _value in message.ListFields())


def _check_name(name: str, kind: str) -> None:
    if not re.fullmatch(rf"projects/[^/]+/{kind}/(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{{2,254}}", name):
        raise RequestError(Code.INVALID_ARGUMENT, f"Invalid [{kind}] name: (name={name})")


def _check_message(message: Any) -> None:
    if not message.data and not message.attributes:
        raise RequestError(Code.INVALID_ARGUMENT, "Some messages are empty")
    if message.ordering_key:
        raise RequestError(Code.UNIMPLEMENTED, "ordering keys are not supported here")
    if len(message.attributes) > MAX_ATTRIBUTES:
        raise RequestError(Code.INVALID_ARGUMENT, "More than 100 attributes")
    for key, value in message.attributes.items():
        if not 0 < len(key.encode()) <= MAX_KEY_BYTES or len(value.encode()) > MAX_VALUE_BYTES:
            raise RequestError(Code.INVALID_ARGUMENT, "An attribute's key or value is too long")


def _complete_backoff(policy: Any) -> None:
    if not policy.HasField("minimum_backoff"):
        policy.minimum_backoff.FromSeconds(MIN_BACKOFF_S)
    if not policy.HasField("maximum_backoff"):
        policy.maximum_backoff.FromSeconds(MAX_BACKOFF_S)
    low, high = (
        field.ToMilliseconds() for field in (policy.minimum_backoff, policy.maximum_backoff)
    )
    if not 0 <= low <= high <= MAX_BACKOFF_S * 1000:
        raise RequestError(Code.INVALID_ARGUMENT, "back-off must be 0 s to 600 s, minimum first")
