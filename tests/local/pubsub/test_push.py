"""What the embedded emulator posts, how often, and with whose token."""

import asyncio
import socket
import time
from collections import Counter
from contextlib import asynccontextmanager
from itertools import pairwise

import aiohttp
import jwt
import pytest
from aiohttp import web
from google.pubsub_v1 import types

from local import issuer
from local.layout import Ports
from local.pubsub.backlog import Backlog, Lease
from local.pubsub.push import CONCURRENCY, RENEW_BEFORE_S, Pusher, TokenSource, envelope
from local.serving import serving
from tests.local.pubsub.doubles import CountingIssuer, Endpoint, eventually, message, seconds

NAME = "projects/p/subscriptions/abc"
EMAIL = "pusher@p.example"
AUDIENCE = "https://function.example"
NOBODY = "http://127.0.0.1:9"
QUICK = {"minimum_backoff": seconds(0.02), "maximum_backoff": seconds(0.05)}


def subscription_of(**fields):
    """Make a subscription that delivers again soon."""
    return types.Subscription.pb(
        types.Subscription(
            {"name": NAME, "ack_deadline_seconds": 10, "retry_policy": QUICK, **fields}
        )
    )


@asynccontextmanager
async def serving_here(app):
    """Serve in this loop, so that a test decides about every moment."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


class World:
    """A pusher at work, its backlog and its endpoint."""

    def __init__(self, backlog, endpoint, pusher, buried):
        self.backlog = backlog
        self.endpoint = endpoint
        self.pusher = pusher
        self.buried = buried

    def add(self, count=1):
        for number in range(count):
            self.backlog.add(message(number=number))

    async def until(self, condition, within_s=15.0, *, running=True):
        """Wait until something holds; fails when the pusher ended or time is up."""
        async with asyncio.timeout(within_s):
            while not condition():
                assert self.pusher.done() != running
                await asyncio.sleep(0.002)

    async def settled(self):
        """Wait until nothing is left to deliver."""
        await self.until(lambda: not self.left)

    @property
    def left(self):
        """How many messages wait or are under way."""
        return len(self.backlog._waiting) + len(self.backlog._leases)


@asynccontextmanager
async def pushing(issuer_url=NOBODY, *, audience=None, **fields):
    """Push a subscription's messages to an endpoint that acknowledges them."""
    endpoint = Endpoint()
    buried = []
    async with serving_here(endpoint.application()) as url, aiohttp.ClientSession() as http:
        endpoint.url = url
        push_config = {"push_endpoint": url}
        if audience is not None:
            push_config["oidc_token"] = {"service_account_email": EMAIL, "audience": audience}
        subscription = subscription_of(push_config=push_config, **fields)
        backlog = Backlog(subscription, lambda *dead_letter: not buried.append(dead_letter[-2:]))
        pusher = asyncio.create_task(Pusher(backlog, TokenSource(issuer_url, http), http).run())
        try:
            yield World(backlog, endpoint, pusher, buried)
        finally:
            await end(pusher)


async def end(pusher):
    """Cancel it, again if need be: that once is enough has a test of its own."""
    while not pusher.done():
        pusher.cancel()
        await asyncio.wait([pusher], timeout=0.1)


@pytest.fixture
def minter():
    """An issuer that counts; its URL is in `url`."""
    counting = CountingIssuer()
    with serving(issuer.application(counting)) as counting.url:
        yield counting


def claims_of(push, minter, audience=AUDIENCE):
    """Verify a push's token as the function does; returns its claims."""
    scheme, _, token = push.headers["Authorization"].partition(" ")
    assert scheme == "Bearer"
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(minter.key_set()).keys}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer.ISSUER)


# The token


@pytest.mark.parametrize("audience", [AUDIENCE, ""])
def test_a_push_carries_the_push_identitys_token(minter, audience):
    """Without an audience of its own, a token is for the endpoint's URL."""

    async def scenario():
        async with pushing(minter.url, audience=audience) as world:
            world.add()
            await world.settled()
            expected = audience or world.endpoint.url
            claims = claims_of(world.endpoint.pushes[0], minter, expected)
            assert (claims["email"], claims["email_verified"]) == (EMAIL, True)

    asyncio.run(scenario())


def test_without_an_identity_there_is_no_token(minter):
    async def scenario():
        async with pushing(minter.url) as world:
            world.add()
            await world.settled()
            assert "Authorization" not in world.endpoint.pushes[0].headers

    asyncio.run(scenario())
    assert minter.minted == []


def test_a_token_serves_for_many_messages(minter):
    async def scenario():
        async with pushing(minter.url, audience=AUDIENCE) as world:
            for _ in range(20):
                world.add()
                await world.settled()
            assert len({push.headers["Authorization"] for push in world.endpoint.pushes}) == 1

    asyncio.run(scenario())
    assert minter.minted == [(EMAIL, AUDIENCE)]


def test_messages_that_come_at_once_share_a_token(minter):
    async def scenario():
        async with pushing(minter.url, audience=AUDIENCE) as world:
            world.add(CONCURRENCY)
            await world.settled()

    asyncio.run(scenario())
    assert minter.minted == [(EMAIL, AUDIENCE)]


@pytest.mark.parametrize(
    ("lifetime_s", "mints"), [(RENEW_BEFORE_S - 30, 3), (RENEW_BEFORE_S + 30, 1), (1, 3)]
)
def test_a_token_is_renewed_shortly_before_it_expires(minter, lifetime_s, mints):
    minter.lifetime_s = int(lifetime_s)

    async def scenario():
        async with aiohttp.ClientSession() as http:
            tokens = TokenSource(minter.url, http)
            return [await tokens.get(EMAIL, AUDIENCE) for _ in range(3)]

    asyncio.run(scenario())
    assert len(minter.minted) == mints


def test_every_identity_and_audience_has_a_token_of_its_own(minter):
    wanted = [("a@b", "c"), ("a@b", "d"), ("e@b", "c")]

    async def scenario():
        async with aiohttp.ClientSession() as http:
            tokens = TokenSource(minter.url, http)
            return [await tokens.get(*pair) for pair in wanted * 2]

    tokens = asyncio.run(scenario())
    assert minter.minted == wanted
    for token, (email, audience) in zip(tokens, wanted * 2, strict=True):
        claims = jwt.decode(token, options={"verify_signature": False})
        assert (claims["email"], claims["aud"]) == (email, audience)


@pytest.mark.parametrize(("status", "mints"), [(401, 2), (403, 1), (500, 1)])
def test_a_refused_token_is_not_used_again(minter, status, mints):
    async def scenario():
        async with pushing(minter.url, audience=AUDIENCE) as world:
            world.endpoint.statuses = [status]
            world.add()
            await world.settled()
            assert len(world.endpoint.pushes) == 2
            for push in world.endpoint.pushes:
                claims_of(push, minter)

    asyncio.run(scenario())
    assert len(minter.minted) == mints


def test_without_the_issuer_nothing_is_posted_and_everything_once_it_is_back():
    port = Ports.free().issuer
    counting = CountingIssuer()

    async def scenario():
        async with pushing(f"http://127.0.0.1:{port}", audience=AUDIENCE) as world:
            world.add(3)
            await asyncio.sleep(0.3)
            assert world.endpoint.pushes == []
            with serving(issuer.application(counting), port):
                await world.settled()
            assert Counter(world.endpoint.ids) == {"0": 1, "1": 1, "2": 1}
            for push in world.endpoint.pushes:
                claims_of(push, counting)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 404, "text": "{}", "content_type": "application/json"},
        {"text": "a page"},
        {"text": "no json", "content_type": "application/json"},
        {"text": "{}", "content_type": "application/json"},
        {"text": '{"id_token": "no token"}', "content_type": "application/json"},
        {"text": "[]", "content_type": "application/json"},
    ],
)
def test_an_unwell_issuer_is_asked_again(answer):
    minted = CountingIssuer()
    answers = [answer, answer]

    async def mint(request):
        if answers:
            return web.Response(**answers.pop())
        return web.json_response({"id_token": minted.mint(**await request.json())})

    async def scenario():
        app = web.Application()
        app.router.add_post("/mint", mint)
        async with serving_here(app) as url, pushing(url.rstrip("/"), audience=AUDIENCE) as world:
            world.add()
            await world.until(lambda: world.endpoint.pushes, within_s=5)
            claims_of(world.endpoint.pushes[0], minted)
            await world.settled()
            assert len(world.endpoint.pushes) == 1

    asyncio.run(scenario())


# Statuses, time and repetition


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_these_statuses_acknowledge(status):
    """Source: https://cloud.google.com/pubsub/docs/push#receive_push."""

    async def scenario():
        async with pushing() as world:
            world.endpoint.status = status
            world.add()
            await world.settled()
            assert len(world.endpoint.pushes) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [203, 205, 206, 299, 300, 302, 400, 401, 404, 429, 500, 599])
def test_all_other_statuses_ask_for_another_delivery(status):
    async def scenario():
        async with pushing() as world:
            world.endpoint.statuses = [status]
            world.add()
            await world.settled()
            assert len(world.endpoint.pushes) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status):
    """Somebody else's answer is not the endpoint's acknowledgement."""

    async def scenario():
        async with pushing() as world:
            world.endpoint.headers = {"Location": "/elsewhere"}
            world.endpoint.statuses = [status]
            world.add()
            await world.settled()
            assert [push.target for push in world.endpoint.pushes] == ["POST /", "POST /"]

    asyncio.run(scenario())


@pytest.mark.parametrize("raw_answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 204"])
def test_an_answer_that_is_none_asks_for_another_delivery(raw_answer):
    connections = []

    async def refuse(reader, writer):
        connections.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(raw_answer)
        writer.close()

    async def scenario():
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, pushing() as world:
            config = world.backlog.subscription.push_config
            config.push_endpoint = f"http://127.0.0.1:{port}/"
            world.add()
            await world.until(lambda: len(connections) >= 3)
            config.push_endpoint = world.endpoint.url
            await world.settled()
            assert len(world.endpoint.pushes) == 1

    asyncio.run(scenario())


def test_an_endpoint_that_is_down_gets_the_message_when_it_is_up():
    async def scenario():
        async with pushing() as world:
            world.backlog.subscription.push_config.push_endpoint = NOBODY
            world.add()
            await asyncio.sleep(0.1)
            assert world.left == 1
            world.backlog.subscription.push_config.push_endpoint = world.endpoint.url
            await world.settled()
            assert world.endpoint.ids == ["0"]

    asyncio.run(scenario())


def test_an_answer_after_the_deadline_comes_too_late():
    async def scenario():
        async with pushing(ack_deadline_seconds=1) as world:
            world.endpoint.delay_s = 30
            world.add()
            await world.until(lambda: world.endpoint.pushes)
            world.endpoint.delay_s = 0
            await world.settled()
            first, second = world.endpoint.pushes
            assert 0.95 < second.at_s - first.at_s < 10
            await world.until(lambda: not world.endpoint.now)

    asyncio.run(scenario())


def test_an_answer_just_before_the_deadline_counts():
    async def scenario():
        async with pushing(ack_deadline_seconds=3) as world:
            world.endpoint.delay_s = 1.5
            world.add()
            await world.settled()
            await asyncio.sleep(2)
            assert len(world.endpoint.pushes) == 1

    asyncio.run(scenario())


def test_refused_pushes_back_off():
    policy = {"minimum_backoff": seconds(0.1), "maximum_backoff": seconds(0.3)}

    async def scenario():
        async with pushing(retry_policy=policy) as world:
            world.endpoint.statuses = [500] * 7
            world.add()
            await world.settled()
            gaps = [after.at_s - at.at_s for at, after in pairwise(world.endpoint.pushes)]
            # Without the maximum, the last of them would be 6.4 s.
            for gap, expected in zip(gaps, [0.1, 0.2, *[0.3] * 5], strict=True):
                assert expected - 0.01 < gap < expected + 3

    asyncio.run(scenario())


def test_pushes_count_their_attempts_up_to_the_dead_letters():
    policy = {"dead_letter_topic": "d", "max_delivery_attempts": 5}

    async def scenario():
        async with pushing(dead_letter_policy=policy) as world:
            world.endpoint.status = 500
            world.add()
            await world.settled()
            bodies = [push.body for push in world.endpoint.pushes]
            assert [body["deliveryAttempt"] for body in bodies] == [1, 2, 3, 4, 5]
            assert [(letter.message_id, tries) for letter, tries in world.buried] == [("0", 5)]

    asyncio.run(scenario())


# How many at a time


def test_so_many_pushes_are_under_way_at_once_and_never_more():
    async def scenario():
        async with pushing() as world:
            world.endpoint.open.clear()
            world.add(3 * CONCURRENCY)
            await world.until(lambda: world.endpoint.now == CONCURRENCY)
            await asyncio.sleep(0.1)
            assert world.endpoint.now == CONCURRENCY
            world.endpoint.open.set()
            await world.settled()
            assert world.endpoint.most_at_once == CONCURRENCY
            assert set(Counter(world.endpoint.ids).values()) == {1}
            assert len(world.endpoint.pushes) == 3 * CONCURRENCY

    asyncio.run(scenario())


def test_sixty_four_at_once_suit_the_function():
    """It has as many threads; more would wait there, on their deadline."""
    assert CONCURRENCY == 64


def test_what_arrives_while_others_are_under_way_is_pushed_at_once():
    async def scenario():
        # The end of the first one's lease must not be what lets the second one go.
        async with pushing(ack_deadline_seconds=60) as world:
            world.endpoint.open.clear()
            world.add()
            await world.until(lambda: world.endpoint.now == 1)
            world.add()
            await world.until(lambda: world.endpoint.now == 2)
            world.endpoint.open.set()
            await world.settled()

    asyncio.run(scenario())


def test_a_full_window_does_not_keep_its_pusher_busy(monkeypatch):
    """What is due but has no room must not wake anybody."""
    turns = []
    take = Backlog.take

    def counted(backlog, limit):
        turns.append(limit)
        return take(backlog, limit)

    monkeypatch.setattr(Backlog, "take", counted)

    async def scenario():
        async with pushing() as world:
            world.endpoint.open.clear()
            world.add(2 * CONCURRENCY)
            await world.until(lambda: world.endpoint.now == CONCURRENCY)
            turns.clear()
            await asyncio.sleep(0.2)
            assert len(turns) < 5

    asyncio.run(scenario())


@pytest.mark.parametrize("ticks", range(6))
def test_a_cancelled_pusher_ends_whatever_happens_at_that_moment(ticks):
    """Else a subscription that moved or is gone would still be pushed."""

    async def scenario():
        async with pushing() as world:
            world.endpoint.open.clear()
            world.add()
            await world.until(lambda: world.endpoint.now == 1)
            world.backlog.changed.set()
            for _ in range(ticks):
                await asyncio.sleep(0)
            world.pusher.cancel()
            await asyncio.wait([world.pusher], timeout=10)
            assert world.pusher.cancelled()

    asyncio.run(scenario())


def test_an_ended_pusher_hangs_up():
    async def scenario():
        async with pushing() as world:
            world.endpoint.open.clear()
            world.add(3)
            await world.until(lambda: world.endpoint.now == 3)
            await end(world.pusher)
            await world.until(lambda: not world.endpoint.now, running=False)
            assert world.left == 3, "what was under way stays leased"

    asyncio.run(scenario())


# The body


def body_of(sent, **fields):
    """Wrap a message of attempt 3."""
    return envelope(subscription_of(**fields), Lease("a", sent, 3, 0.0))


def test_a_body_has_no_more_than_the_message():
    times = {"publishTime": "2023-11-14T22:13:20Z", "publish_time": "2023-11-14T22:13:20Z"}
    names = {"messageId": "1", "message_id": "1"}
    assert body_of(message(b"\x00\xff")) == {
        "message": {**names, **times, "data": "AP8="},
        "subscription": NAME,
    }
    assert body_of(message(b"", a="b"))["message"] == {**names, **times, "attributes": {"a": "b"}}


def test_attempts_are_told_only_where_they_end_somewhere():
    assert "deliveryAttempt" not in body_of(message())
    with_end = body_of(message(), dead_letter_policy={"dead_letter_topic": "d"})
    assert with_end["deliveryAttempt"] == 3


# Over the wire


def test_a_deleted_subscription_is_pushed_no_more(embedded_emulator, endpoint):
    endpoint.status = 500
    topic = embedded_emulator.topic()
    name = embedded_emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
    embedded_emulator.publish(topic, {"data": b"x"})
    assert eventually(lambda: len(endpoint.pushes) >= 2)
    embedded_emulator.subscriptions.delete_subscription(subscription=name)
    time.sleep(0.1)
    pushed = len(endpoint.pushes)
    embedded_emulator.publish(topic, {"data": b"y"})
    time.sleep(0.5)
    assert len(endpoint.pushes) == pushed


@pytest.mark.parametrize("end", ["delete", "pull"])
def test_a_push_under_way_ends_with_its_subscriptions_endpoint(embedded_emulator, end):
    """Its pusher is gone, too, and does not try on."""
    topic = embedded_emulator.topic()
    with socket.create_server(("127.0.0.1", 0)) as server:
        push_config = {"push_endpoint": f"http://127.0.0.1:{server.getsockname()[1]}/"}
        # With a lease that outlasts the wait: the emulator hangs up at its end, too.
        name = embedded_emulator.subscribe(topic, push_config=push_config, ack_deadline_seconds=600)
        embedded_emulator.publish(topic, {"data": b"x"})
        connection, _address = server.accept()
        with connection, connection.makefile("rb") as received:
            connection.settimeout(20)
            assert received.readline() == b"POST / HTTP/1.1\r\n"
            subscriptions = embedded_emulator.subscriptions
            if end == "delete":
                subscriptions.delete_subscription(subscription=name)
            else:
                subscriptions.modify_push_config(subscription=name, push_config={})
            received.read()  # until the emulator hangs up; else there is a timeout


def test_a_subscription_made_anew_starts_with_nothing(embedded_emulator, endpoint):
    endpoint.status = 500
    topic = embedded_emulator.topic()
    push_config = {"push_endpoint": endpoint.url}
    name = embedded_emulator.subscribe(topic, push_config=push_config)
    embedded_emulator.publish(topic, {"data": b"x"})
    assert eventually(lambda: endpoint.pushes)
    embedded_emulator.subscriptions.delete_subscription(subscription=name)
    embedded_emulator.subscriptions.create_subscription(
        request={"name": name, "topic": topic, "push_config": push_config}
    )
    time.sleep(0.1)
    pushed = len(endpoint.pushes)
    time.sleep(0.4)
    assert len(endpoint.pushes) == pushed
    embedded_emulator.forget(len(embedded_emulator.subscribed) - 1)


def test_an_endpoint_that_moved_is_the_only_one_that_gets_messages(embedded_emulator, endpoint):
    endpoint.decide = lambda push: 204 if push.target == "POST /new" else 500
    topic = embedded_emulator.topic()
    push_config = {"push_endpoint": f"{endpoint.url}old"}
    name = embedded_emulator.subscribe(topic, push_config=push_config)
    [id_] = embedded_emulator.publish(topic, {"data": b"x"})
    assert eventually(lambda: endpoint.pushes)
    embedded_emulator.subscriptions.modify_push_config(
        subscription=name, push_config={"push_endpoint": f"{endpoint.url}new"}
    )
    time.sleep(0.1)
    old = len(endpoint.pushes)
    embedded_emulator.publish(topic, {"data": b"y"})
    assert eventually(lambda: len(endpoint.pushes) > old)
    time.sleep(0.3)
    targets = [push.target for push in endpoint.pushes[old - 1 :]]
    assert "POST /old" not in targets[1:]
    assert id_ in endpoint.ids
