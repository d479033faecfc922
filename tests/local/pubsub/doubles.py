"""What stands around an emulator in these tests: clients, an endpoint for pushes, a clock."""

import asyncio
import base64
import os
import queue
import re
import signal
import subprocess
import time
import uuid
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aiohttp import web
from google.api_core.exceptions import NotFound
from google.protobuf import duration_pb2
from google.pubsub_v1 import PublisherClient, types

from local import messaging
from local.issuer import Issuer
from local.layout import ROOT
from local.serving import serving

PROJECT = "projects/contract"


def new_name(kind: str) -> str:
    """Write the full name of a resource that no other test knows."""
    return f"{PROJECT}/{kind}/t{uuid.uuid4().hex}"


def seconds(duration_s: float) -> duration_pb2.Duration:
    """Write a duration as the API does."""
    duration = duration_pb2.Duration()
    duration.FromMilliseconds(round(duration_s * 1000))
    return duration


def eventually(condition, within_s=15.0):
    """Wait until something holds; returns whether it did in time."""
    until = time.monotonic() + within_s
    while not (held := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return held


@contextmanager
def running_process(command, log):
    """Run a command in a session of its own, its output in a file; nothing of it stays.

    Not with code of ours between fork and exec: gRPC's threads do not survive a fork.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def announced_port(log):
    """Read from the embedded emulator's output where it listens; None before it does."""
    found = re.match(r"listening on 127\.0\.0\.1:(\d+)\n", log.read_text())
    return found and int(found[1])


def complaints(log):
    """Read what a process said of its own errors."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if re.search("Traceback|never retrieved|was destroyed", line)]


class Emulator:
    """A running emulator, behind the standard clients."""

    def __init__(self, host):
        self.host = host
        self.topics = messaging.publisher(host)
        self.subscriptions = messaging.subscriber(host)
        self.subscribed = []

    def topic(self):
        """Create a topic; returns its name."""
        return self.topics.create_topic(name=new_name("topics")).name

    def subscribe(self, topic, **settings):
        """Create a subscription; returns its name."""
        request = {"name": new_name("subscriptions"), "topic": topic, **settings}
        name = self.subscriptions.create_subscription(request=request).name
        self.subscribed.append(name)
        return name

    def forget(self, since):
        """Delete the subscriptions after the first so many, lest they push to who comes next."""
        for name in self.subscribed[since:]:
            with suppress(NotFound):
                self.subscriptions.delete_subscription(subscription=name)
        del self.subscribed[since:]

    def publish(self, topic, *messages):
        """Publish in one request, without the client's batching; returns the ids."""
        request = {"topic": topic, "messages": list(messages)}
        answer = PublisherClient.publish(self.topics, request=request, retry=None, timeout=30)
        return list(answer.message_ids)

    def pull_now(self, subscription, most=1000):
        """Lease what is due at this moment."""
        with warnings.catch_warnings():
            # Deprecated for pipelines; a test that expects nothing would wait for long without.
            warnings.simplefilter("ignore", DeprecationWarning)
            request = {
                "subscription": subscription,
                "max_messages": most,
                "return_immediately": True,
            }
            return list(self.subscriptions.pull(request=request, timeout=10).received_messages)

    def pull(self, subscription, count=1, within_s=15.0):
        """Lease messages until there are `count` or time is up."""
        received = []
        eventually(
            lambda: received.extend(self.pull_now(subscription)) or len(received) >= count, within_s
        )
        return received

    @contextmanager
    def stream(self, name, **settings):
        """Open a bare stream; yields its responses, and `send` for more requests."""
        requests = queue.Queue()
        requests.put(types.StreamingPullRequest(subscription=name, **settings))
        # Longer than any test waits, unless something is wrong.
        stream = self.subscriptions.streaming_pull(requests=iter(requests.get, None), timeout=30)
        try:
            yield iter(stream), requests.put
        finally:
            requests.put(None)
            stream.cancel()

    def close(self):
        """Close the clients' channels."""
        self.topics.stop()
        self.topics.transport.close()
        self.subscriptions.close()


@dataclass
class Push:
    """One request that an endpoint got."""

    at_s: float
    target: str
    """Method and path."""
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def message(self):
        return self.body["message"]

    @property
    def id(self):
        return self.message["messageId"]

    @property
    def data(self):
        return base64.b64decode(self.message.get("data", ""))


@dataclass
class Endpoint:
    """Answers pushes as told and remembers them; it may run in a thread of its own."""

    status: int = 204
    """Once `statuses` are used up."""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    pushes: list[Push] = field(default_factory=list)
    url: str = ""
    now: int = 0
    most_at_once: int = 0

    def __post_init__(self):
        self.open = asyncio.Event()
        """Cleared, it holds answers back; only for its own loop to touch."""
        self.open.set()
        self._over = asyncio.Event()
        self._loop = None

    def let_go(self):
        """Answer whoever still waits; from any thread."""
        self.delay_s = 0
        self._loop.call_soon_threadsafe(self._over.set)
        eventually(lambda: not self.now, within_s=2)

    @property
    def ids(self):
        return [push.id for push in self.pushes]

    def decide(self, _push):
        """Choose the status; a test may put its own rule in this place."""
        return self.statuses.pop(0) if self.statuses else self.status

    def application(self):
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request):
        self._loop = asyncio.get_running_loop()
        raw_body = await request.read()
        body = await request.json() if raw_body else {}
        push = Push(
            time.monotonic(), f"{request.method} {request.path_qs}", dict(request.headers), body
        )
        self.pushes.append(push)
        status = self.decide(push)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.delay_s):
                    await self._over.wait()
            await self.open.wait()
        finally:
            self.now -= 1
        return web.Response(status=status, headers=self.headers)


@contextmanager
def listening():
    """Run an endpoint that acknowledges everything until told otherwise."""
    endpoint = Endpoint()
    with serving(endpoint.application()) as url:
        endpoint.url = f"{url}/"
        yield endpoint
        if endpoint.now:
            endpoint.let_go()


class Clock:
    """Time that passes when told to."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s

    def sleep(self, duration_s):
        self.now_s += duration_s


@cache
def _keys():
    return Issuer().keys


class CountingIssuer(Issuer):
    """The real issuer, which also remembers for whom it minted; its tokens may live shorter."""

    def __init__(self, lifetime_s=3600):
        self.keys = _keys()  # a new one takes its time to find
        self.lifetime_s = lifetime_s
        self.minted = []

    def mint(self, email, audience, **claims):
        self.minted.append((email, audience))
        return super().mint(email, audience, exp=int(time.time()) + self.lifetime_s, **claims)


def message(data=b"x", *, number=1, **attributes):
    """Make a message as a topic hands it to its subscriptions."""
    made = types.PubsubMessage.pb()(data=data, attributes=attributes, message_id=str(number))
    made.publish_time.FromSeconds(1_700_000_000)
    return made
