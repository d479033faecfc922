"""Which API method every identity of the pipeline calls, and on what, as seen on the wire.

Each service reaches BigQuery through a tap of its own, so that the tap knows who calls. Another
behind each front door sees whom that let in, and one in front of Pub/Sub sees what is published.
What a tap cannot name is refused, and fails the recording.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict

import grpc
from aiohttp import web

from local.calls import Call, Reader, UnknownCallError, publication
from local.faults import FaultProxy
from local.layout import LocalError

PUBLISHER = "google.pubsub.v1.Publisher"


class Recording:
    """What all taps have seen."""

    def __init__(self) -> None:
        # Sets, since adding to one needs no lock.
        self._calls: set[Call] = set()
        self._unknown: set[str] = set()

    def note(self, read: Callable[[], list[Call]]) -> bool:
        """Note what `read` names; tell whether it could."""
        try:
            self._calls.update(read())
        except UnknownCallError as exc:
            self._unknown.add(str(exc))
            return False
        return True

    def calls(self) -> list[Call]:
        """Give every call once, in order.

        Raises:
            LocalError: there were some without a name, even if nobody minded the refusal.
        """
        if self._unknown:
            found = "; ".join(sorted(self._unknown))
            raise LocalError(f"unknown calls, to be named in local/calls.py: {found}")
        return sorted(self._calls)


class Tap(FaultProxy):
    """Notes each request and forwards it; what it cannot name is answered 501."""

    def __init__(self, target: str, read: Reader, recording: Recording) -> None:
        super().__init__(target)
        self._read = read
        self._recording = recording

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not self._recording.note(lambda: self._read(request, body)):
            return web.Response(status=501)
        return await super()._answer(request)


@contextmanager
def publishing(target: str, recording: Recording) -> Iterator[str]:
    """Serve publishing in front of `target`; yield where, both as `host:port`."""

    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        if not recording.note(lambda: publication(request)):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "a topic without a name")
        try:
            response: bytes = channel.unary_unary(f"/{PUBLISHER}/Publish")(request)
        except grpc.RpcError as exc:
            context.abort(exc.code(), exc.details())
        return response

    # Whatever else a publisher may call is unimplemented here, which fails the publisher.
    methods = {"Publish": grpc.unary_unary_rpc_method_handler(answer)}
    handler = grpc.method_handlers_generic_handler(PUBLISHER, methods)
    with grpc.insecure_channel(target) as channel, ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads, handlers=(handler,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(1).wait()


def render(calls: Sequence[Call]) -> str:
    """Write calls as JSON, one a line, so that a new one is one line of a difference."""
    return "[\n" + ",\n".join(f" {json.dumps(asdict(call))}" for call in calls) + "\n]\n"
