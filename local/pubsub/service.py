"""The gRPC face: the methods of Publisher and Subscriber that pipelines and clients use."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.pubsub_v1 import types

from local.pubsub.backlog import Backlog, Lease
from local.pubsub.resources import Code, RequestError, Resources

PULL_WAIT_S = 2.0
MAX_GRPC_BYTES = 20 << 20
STREAM_LIMIT = 1000
PushChanged = Callable[[Backlog], None]
Handle = Callable[[Any], Any]


class Service:
    """Answers requests; `push_changed` is told of subscriptions that may have a new endpoint."""

    def __init__(self, resources: Resources, push_changed: PushChanged) -> None:
        self._resources = resources
        self._push_changed = push_changed

    def handlers(self) -> list[Any]:
        """Describe the methods to a gRPC server; all others are UNIMPLEMENTED."""
        publisher = {
            "CreateTopic": (self._resources.create_topic, types.Topic),
            "GetTopic": (self._get_topic, types.GetTopicRequest),
            "UpdateTopic": (self._update_topic, types.UpdateTopicRequest),
            "DeleteTopic": (self._delete_topic, types.DeleteTopicRequest),
            "ListTopics": (self._list_topics, types.ListTopicsRequest),
            "ListTopicSubscriptions": (
                self._list_topic_subscriptions,
                types.ListTopicSubscriptionsRequest,
            ),
            "Publish": (self._publish, types.PublishRequest),
        }
        subscriber = {
            "CreateSubscription": (self._create_subscription, types.Subscription),
            "GetSubscription": (self._get_subscription, types.GetSubscriptionRequest),
            "UpdateSubscription": (self._update_subscription, types.UpdateSubscriptionRequest),
            "ListSubscriptions": (self._list_subscriptions, types.ListSubscriptionsRequest),
            "DeleteSubscription": (self._delete_subscription, types.DeleteSubscriptionRequest),
            "ModifyPushConfig": (self._modify_push_config, types.ModifyPushConfigRequest),
            "Acknowledge": (self._acknowledge, types.AcknowledgeRequest),
            "ModifyAckDeadline": (self._modify_ack_deadline, types.ModifyAckDeadlineRequest),
            "Pull": (self._pull, types.PullRequest),
            "Seek": (self._seek, types.SeekRequest),
        }
        stream = grpc.stream_stream_rpc_method_handler(
            self._streaming_pull,
            request_deserializer=types.StreamingPullRequest.pb().FromString,
            response_serializer=_serialize,
        )
        return [
            grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", _unary(publisher)),
            grpc.method_handlers_generic_handler(
                "google.pubsub.v1.Subscriber", _unary(subscriber) | {"StreamingPull": stream}
            ),
        ]

    def _get_topic(self, request: Any) -> Any:
        return self._resources.topic(request.topic)

    def _update_topic(self, request: Any) -> Any:
        return self._resources.update_topic(request.topic, list(request.update_mask.paths))

    def _delete_topic(self, request: Any) -> Any:
        self._resources.delete_topic(request.topic)
        return empty_pb2.Empty()

    def _list_topics(self, request: Any) -> Any:
        found = _of_project(self._resources.topics, request.project)
        return types.ListTopicsResponse.pb()(topics=found)

    def _list_topic_subscriptions(self, request: Any) -> Any:
        topic = self._resources.topic(request.topic).name
        names = [backlog.subscription.name for backlog in self._resources.subscribed(topic)]
        return types.ListTopicSubscriptionsResponse.pb()(subscriptions=names)

    def _publish(self, request: Any) -> Any:
        ids = self._resources.publish(request.topic, list(request.messages))
        return types.PublishResponse.pb()(message_ids=ids)

    def _create_subscription(self, request: Any) -> Any:
        subscription = self._resources.create_subscription(request)
        self._push_changed(self._resources.backlog(subscription.name))
        return subscription

    def _get_subscription(self, request: Any) -> Any:
        return self._resources.backlog(request.subscription).subscription

    def _update_subscription(self, request: Any) -> Any:
        paths = list(request.update_mask.paths)
        subscription = self._resources.update_subscription(request.subscription, paths)
        self._push_changed(self._resources.backlog(subscription.name))
        return subscription

    def _list_subscriptions(self, request: Any) -> Any:
        all_of_them = {name: found.subscription for name, found in self._resources.backlogs.items()}
        found = _of_project(all_of_them, request.project)
        return types.ListSubscriptionsResponse.pb()(subscriptions=found)

    def _delete_subscription(self, request: Any) -> Any:
        backlog = self._resources.backlog(request.subscription)
        del self._resources.backlogs[request.subscription]
        backlog.subscription.push_config.Clear()
        backlog.changed.set()
        self._push_changed(backlog)
        return empty_pb2.Empty()

    def _modify_push_config(self, request: Any) -> Any:
        change = types.Subscription.pb()(name=request.subscription, push_config=request.push_config)
        self._resources.update_subscription(change, ["push_config"])
        self._push_changed(self._resources.backlog(request.subscription))
        return empty_pb2.Empty()

    def _seek(self, request: Any) -> Any:
        self._resources.seek(request)
        return types.SeekResponse.pb()()

    def _acknowledge(self, request: Any) -> Any:
        backlog = self._resources.backlog(request.subscription)
        backlog.acknowledge(_checked(request.ack_ids, backlog))
        return empty_pb2.Empty()

    def _modify_ack_deadline(self, request: Any) -> Any:
        backlog = self._resources.backlog(request.subscription)
        if not 0 <= request.ack_deadline_seconds <= 600:  # noqa: PLR2004 - the service's limit
            raise RequestError(Code.INVALID_ARGUMENT, "ack_deadline_secs out of bounds")
        backlog.extend(_checked(request.ack_ids, backlog), request.ack_deadline_seconds)
        return empty_pb2.Empty()

    async def _pull(self, request: Any) -> Any:
        backlog = self._resources.pullable(request.subscription)
        if request.max_messages < 1:
            raise RequestError(Code.INVALID_ARGUMENT, "No max_messages specified")
        leases = backlog.take(request.max_messages)
        if not request.return_immediately:
            with suppress(TimeoutError):
                async with asyncio.timeout(PULL_WAIT_S):
                    while not leases:
                        await backlog.wait()
                        self._check_same(backlog, request.subscription)
                        leases = backlog.take(request.max_messages)
        return types.PullResponse.pb()(received_messages=_received(backlog, leases))

    async def _streaming_pull(
        self, requests: AsyncIterator[Any], context: Any
    ) -> AsyncIterator[Any]:
        try:
            first = await anext(requests)
            async for response in self._stream(first, requests):
                yield response
        except StopAsyncIteration:
            return
        except RequestError as exc:
            await context.abort(exc.code, str(exc))

    def _check_same(self, backlog: Backlog, name: str) -> None:
        """Refuse to go on with a subscription that is pushed, gone, or made anew meanwhile."""
        if self._resources.pullable(name) is not backlog:
            raise RequestError(Code.NOT_FOUND, "Subscription does not exist")

    async def _stream(self, first: Any, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        limit = first.max_outstanding_messages or STREAM_LIMIT
        outstanding: set[str] = set()
        backlog = self._resources.pullable(first.subscription)
        reader = asyncio.create_task(_settle(requests, backlog))
        try:
            while not reader.done():
                self._check_same(backlog, first.subscription)
                outstanding = backlog.still_leased(outstanding)
                if leases := backlog.take(limit - len(outstanding)):
                    outstanding |= {lease.ack_id for lease in leases}
                    yield types.StreamingPullResponse.pb()(
                        received_messages=_received(backlog, leases)
                    )
                await backlog.wait(full=len(outstanding) >= limit)
        finally:
            reader.cancel()


async def _settle(requests: AsyncIterator[Any], backlog: Backlog) -> None:
    async for request in requests:
        backlog.acknowledge(request.ack_ids)
        pairs = zip(request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=False)
        for ack_id, seconds in pairs:
            backlog.extend([ack_id], seconds)
    backlog.changed.set()


def _unary(methods: Mapping[str, tuple[Handle, Any]]) -> dict[str, Any]:
    return {
        name: grpc.unary_unary_rpc_method_handler(
            _answering(handle),
            request_deserializer=request.pb().FromString,
            response_serializer=_serialize,
        )
        for name, (handle, request) in methods.items()
    }


def _answering(handle: Handle) -> Callable[[Any, Any], Awaitable[Any]]:
    async def answer(request: Any, context: Any) -> Any:
        try:
            result = handle(request)
            return await result if asyncio.iscoroutine(result) else result
        except RequestError as exc:
            await context.abort(exc.code, str(exc))

    return answer


def _serialize(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def _received(backlog: Backlog, leases: list[Lease]) -> list[Any]:
    counted = bool(backlog.subscription.dead_letter_policy.dead_letter_topic)
    return [
        types.ReceivedMessage.pb()(
            ack_id=lease.ack_id,
            message=lease.message,
            delivery_attempt=lease.attempt if counted else 0,
        )
        for lease in leases
    ]


def _checked(ack_ids: list[str], backlog: Backlog) -> list[str]:
    if not ack_ids:
        raise RequestError(Code.INVALID_ARGUMENT, "No ack ids specified")
    for ack_id in ack_ids:
        if not ack_id.startswith(f"{backlog.subscription.name}:"):
            raise RequestError(Code.INVALID_ARGUMENT, f"Invalid ack id (ack_id={ack_id})")
    return ack_ids


def _of_project(resources: dict[str, Any], project: str) -> list[Any]:
    return [found for name, found in resources.items() if name.startswith(f"{project}/")]
