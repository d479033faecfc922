"""Signing keys are fetched seldom, by one thread at a time, and outlive their server's outages."""

import gzip
import http.server
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from local.issuer import Issuer
from servicekit.keys import (
    MAX_ANSWER_BYTES,
    MAX_LIFETIME_S,
    MAX_STALE_S,
    MIN_INTERVAL_S,
    MIN_LIFETIME_S,
    KeysUnavailableError,
    SigningKeys,
    UnknownKeyError,
)

URL = "https://keys.test/"


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


class KeyServer:
    """Hands out an issuer's keys, counts how often, and can be down."""

    def __init__(self, issuer, cache_control="public, max-age=3600"):
        self.issuer = issuer
        self.cache_control = cache_control
        self.body = None
        self.down = False
        self.fetches = 0

    def fetch(self, url):
        assert url == URL
        self.fetches += 1
        if self.down:
            raise requests.ConnectionError("https://keys.test/ is down")
        body = self.body or json.dumps(self.issuer.key_set()).encode()
        return body, self.cache_control


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def second_issuer():
    """An issuer whose key nobody publishes unless a test says so."""
    return Issuer()


@pytest.fixture
def server(issuer):
    return KeyServer(issuer)


@pytest.fixture
def keys(server, clock):
    return SigningKeys(URL, server.fetch, clock)


def kid(issuer):
    return issuer.keys[-1][0]


def public(issuer):
    return issuer.keys[-1][1].public_key().public_numbers()


# When keys are fetched


def test_keys_are_fetched_at_the_first_use_and_once_for_many(keys, server, issuer):
    assert server.fetches == 0
    for _ in range(100):
        assert keys.get(kid(issuer)).public_numbers() == public(issuer)
    assert server.fetches == 1


@pytest.mark.parametrize(
    ("cache_control", "lifetime_s"),
    [
        ("public, max-age=3600, must-revalidate, no-transform", 3600),
        ("max-age=86400", 86_400),
        ("max-age=86401", MAX_LIFETIME_S),
        ("max-age=999999999999", MAX_LIFETIME_S),
        ("max-age=" + "9" * 400, MAX_LIFETIME_S),
        ("max-age=61", 61),
        ("max-age=59", MIN_LIFETIME_S),
        ("max-age=0", MIN_LIFETIME_S),
        ("max-age=-5", MIN_LIFETIME_S),
        ("max-age=soon", MIN_LIFETIME_S),
        ("max-age", MIN_LIFETIME_S),
        ("max-age=", MIN_LIFETIME_S),
        ("no-store", MIN_LIFETIME_S),
        ("", MIN_LIFETIME_S),
        (",,=;\x00", MIN_LIFETIME_S),
    ],
)
def test_keys_live_as_long_as_their_answer_says_within_bounds(
    keys, server, clock, issuer, cache_control, lifetime_s
):
    server.cache_control = cache_control
    keys.get(kid(issuer))
    clock.advance(lifetime_s - 1)
    keys.get(kid(issuer))
    assert server.fetches == 1
    clock.advance(1)
    keys.get(kid(issuer))
    assert server.fetches == 2


def test_a_rotation_is_noticed_at_the_first_token_of_the_new_key(server, keys, clock):
    server.issuer = Issuer()
    before = kid(server.issuer)
    keys.get(before)
    server.issuer.rotate()
    clock.advance(MIN_INTERVAL_S)
    assert keys.get(kid(server.issuer)).public_numbers() == public(server.issuer)
    keys.get(before)
    assert server.fetches == 2


def test_a_key_that_is_no_longer_published_is_refused(server, keys, clock, second_issuer, issuer):
    """That is how an issuer revokes one."""
    keys.get(kid(issuer))
    server.issuer = second_issuer
    clock.advance(3601)
    with pytest.raises(UnknownKeyError):
        keys.get(kid(issuer))


def test_made_up_key_ids_cause_one_fetch_in_each_interval(server, keys, clock, issuer):
    """Anybody can send tokens with ids that nobody published."""
    keys.get(kid(issuer))
    server.fetches = 0
    for interval in range(1, 6):
        clock.advance(MIN_INTERVAL_S)
        for number in range(50):
            with pytest.raises(UnknownKeyError):
                keys.get(f"made-up-{interval}-{number}")
            clock.advance(0.01)
        assert keys.get(kid(issuer)).public_numbers() == public(issuer)
        assert server.fetches == interval


def test_made_up_key_ids_do_not_keep_old_keys_alive_nor_end_them(server, keys, clock, issuer):
    keys.get(kid(issuer))
    for _ in range(20):
        clock.advance(MIN_INTERVAL_S)
        with pytest.raises(UnknownKeyError):
            keys.get("made-up")
    fetches = server.fetches
    keys.get(kid(issuer))
    assert server.fetches == fetches


# Outages


def test_without_any_answer_no_token_can_be_judged(server, keys, issuer):
    server.down = True
    for key_id in (kid(issuer), "made-up"):
        with pytest.raises(KeysUnavailableError):
            keys.get(key_id)


def test_an_outage_is_asked_about_once_in_each_interval(server, keys, clock, issuer):
    server.down = True
    for _ in range(3):
        for _ in range(20):
            with pytest.raises(KeysUnavailableError):
                keys.get(kid(issuer))
        clock.advance(MIN_INTERVAL_S)
    assert server.fetches == 3


def test_known_keys_serve_through_an_outage_for_a_while(server, keys, clock, issuer):
    keys.get(kid(issuer))
    server.down = True
    clock.advance(3600 + MAX_STALE_S - 1)
    assert keys.get(kid(issuer)).public_numbers() == public(issuer)
    clock.advance(1)
    with pytest.raises(KeysUnavailableError):
        keys.get(kid(issuer))


def test_in_an_outage_an_unknown_key_is_no_verdict(server, keys, clock, issuer):
    """It may be the key that the issuer has just rotated to."""
    keys.get(kid(issuer))
    server.down = True
    clock.advance(MIN_INTERVAL_S)
    with pytest.raises(KeysUnavailableError):
        keys.get("rotated")
    assert keys.get(kid(issuer)).public_numbers() == public(issuer)


def test_keys_are_had_again_after_an_outage(server, keys, clock, issuer):
    server.down = True
    with pytest.raises(KeysUnavailableError):
        keys.get(kid(issuer))
    server.down = False
    with pytest.raises(KeysUnavailableError):
        keys.get(kid(issuer))
    clock.advance(MIN_INTERVAL_S)
    assert keys.get(kid(issuer)).public_numbers() == public(issuer)
    clock.advance(MIN_INTERVAL_S)
    with pytest.raises(UnknownKeyError):
        keys.get("made-up")


def test_the_reason_of_an_outage_is_not_passed_on(server, keys, issuer):
    server.down = True
    with pytest.raises(KeysUnavailableError) as caught:
        keys.get(kid(issuer))
    assert str(caught.value) == "the signing keys could not be fetched"


# Answers


def ec_key():
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    return key | {"kid": "ec", "alg": "ES256", "use": "sig"}


SECRET = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0", "alg": "HS256"}

MALFORMED = {
    "empty": b"",
    "no JSON": b"<html>",
    "no UTF-8": b"\xff\xfe",
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "no keys": b"{}",
    "null keys": b'{"keys": null}',
    "an empty list": b'{"keys": []}',
    "a word for keys": b'{"keys": "all"}',
    "a number for keys": b'{"keys": 7}',
    "words as keys": b'{"keys": ["a", 7, null, []]}',
    "a key without type": b'{"keys": [{"kid": "a"}]}',
    "a key of an unknown type": b'{"keys": [{"kid": "a", "kty": "XYZ"}]}',
    "an RSA key without numbers": b'{"keys": [{"kid": "a", "kty": "RSA"}]}',
    "an RSA key with wrong numbers": b'{"keys": [{"kid": "a", "kty": "RSA", "n": 7, "e": "A"}]}',
    "an EC key alone": json.dumps({"keys": [ec_key()]}).encode(),
    "a list as algorithm": b'{"keys": [{"kid": "a", "kty": "RSA", "alg": ["RS256"]}]}',
    "deep": b"[" * 100_000,
    "a shared secret alone": json.dumps({"keys": [SECRET]}).encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_without_a_usable_key_is_an_outage(server, keys, issuer, body):
    server.body = body or b" "
    with pytest.raises(KeysUnavailableError):
        keys.get(kid(issuer))


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_without_a_usable_key_replaces_none(server, keys, clock, issuer, body):
    keys.get(kid(issuer))
    server.body = body or b" "
    clock.advance(3601)
    assert keys.get(kid(issuer)).public_numbers() == public(issuer)
    assert server.fetches == 2


def test_keys_of_other_kinds_are_left_out(server, keys, issuer):
    """Only RS256 is ever verified, so no other key may be tried, however it is called."""
    nameless = issuer.key_set()["keys"][0] | {"kid": None}
    server.body = json.dumps(
        {"keys": [ec_key(), SECRET, nameless, *issuer.key_set()["keys"]]}
    ).encode()
    assert keys.get(kid(issuer)).public_numbers() == public(issuer)
    for other in ("ec", "secret", "None", ""):
        with pytest.raises(UnknownKeyError):
            keys.get(other)


# Over the network


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what the server was given: (status, headers, body, bytes to announce)."""

    def do_GET(self):
        self.server.paths.append(self.path)
        status, headers, body, announced = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(announced if announced is not None else len(body)))
        self.end_headers()
        with suppress(ConnectionError):  # who has read enough may hang up
            self.wfile.write(body)
            self.server.taken.append(self.path)

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def answering(status=200, headers=None, body=b"", announced=None, taken=None):
    """Answer every request the same way, on loopback; yields the URL and the paths asked for.

    `taken` is a list that collects the paths whose whole body was taken.
    """
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.answer = (status, headers or {}, body, announced)
        server.paths, server.taken = [], [] if taken is None else taken
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/certs", server.paths
        finally:
            server.shutdown()
            thread.join()


def key_set(issuer):
    return json.dumps(issuer.key_set()).encode()


def test_keys_come_over_http_with_their_lifetime(issuer, clock):
    with answering(headers={"Cache-Control": "max-age=600"}, body=key_set(issuer)) as (url, paths):
        keys = SigningKeys(url, clock=clock)
        assert keys.get(kid(issuer)).public_numbers() == public(issuer)
        clock.advance(599)
        keys.get(kid(issuer))
        assert paths == ["/certs"]
        clock.advance(2)
        keys.get(kid(issuer))
        assert paths == ["/certs", "/certs"]


def test_a_compressed_answer_is_read(issuer):
    body = gzip.compress(key_set(issuer))
    with answering(headers={"Content-Encoding": "gzip"}, body=body) as (url, _):
        assert SigningKeys(url).get(kid(issuer)).public_numbers() == public(issuer)


@pytest.mark.parametrize("status", [204, 301, 302, 307, 308, 400, 403, 404, 429, 500, 503])
def test_any_other_status_is_an_outage_and_no_redirect_is_followed(issuer, status):
    headers = {"Location": "/elsewhere"} if 300 < status < 400 else {}
    with answering(status, headers, key_set(issuer)) as (url, paths):
        with pytest.raises(KeysUnavailableError):
            SigningKeys(url).get(kid(issuer))
        assert paths == ["/certs"]


def test_a_huge_answer_is_an_outage(issuer):
    """Reading ends at the limit, so that the answer cannot fill the memory."""
    body = b" " * MAX_ANSWER_BYTES + key_set(issuer)
    bomb = gzip.compress(b" " * (64 << 20) + key_set(issuer))
    for headers, answer in (({}, body), ({"Content-Encoding": "gzip"}, bomb)):
        with (
            answering(headers=headers, body=answer) as (url, _),
            pytest.raises(KeysUnavailableError),
        ):
            SigningKeys(url).get(kid(issuer))


def test_an_answer_may_be_as_long_as_the_limit_and_no_longer(issuer):
    longest = key_set(issuer).ljust(MAX_ANSWER_BYTES)
    with answering(body=longest) as (url, _):
        assert SigningKeys(url).get(kid(issuer)).public_numbers() == public(issuer)
    with answering(body=longest + b" ") as (url, _), pytest.raises(KeysUnavailableError):
        SigningKeys(url).get(kid(issuer))


def test_who_sends_too_much_is_hung_up_on(issuer):
    """Much more than what the sockets hold: whoever reads it all would have taken it."""
    taken = []
    with (
        answering(body=b" " * (64 << 20), taken=taken) as (url, _),
        pytest.raises(KeysUnavailableError),
    ):
        SigningKeys(url).get(kid(issuer))
    assert taken == []


@pytest.mark.timeout(60)
def test_a_server_that_never_answers_is_an_outage(issuer, monkeypatch):
    monkeypatch.setattr("servicekit.keys.FETCH_TIMEOUT_S", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(KeysUnavailableError),
    ):
        SigningKeys(f"http://127.0.0.1:{silent.getsockname()[1]}/certs").get(kid(issuer))


@pytest.mark.parametrize(
    ("headers", "body", "announced"),
    [
        ({}, b'{"keys": [', 5000),
        ({}, b"", 5000),
        ({"Content-Encoding": "gzip"}, b'{"keys": []}', None),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"{}" * 5000)[:20], None),
    ],
    ids=["cut off", "cut off at once", "not compressed", "compressed and cut off"],
)
def test_an_answer_that_breaks_off_is_an_outage(issuer, headers, body, announced):
    with (
        answering(headers=headers, body=body, announced=announced) as (url, _),
        pytest.raises(KeysUnavailableError),
    ):
        SigningKeys(url).get(kid(issuer))


def test_nobody_listening_is_an_outage(issuer):
    with answering() as (url, _):
        pass
    with pytest.raises(KeysUnavailableError):
        SigningKeys(url).get(kid(issuer))


# Many threads


def test_many_threads_at_the_start_fetch_once(issuer):
    arrived, release = threading.Event(), threading.Event()
    server = KeyServer(issuer)

    def fetch(url):
        arrived.set()
        assert release.wait(10)
        return server.fetch(url)

    keys = SigningKeys(URL, fetch)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(keys.get, kid(issuer)) for _ in range(64)]
        assert arrived.wait(10)
        assert not any(answer.done() for answer in asked)
        release.set()
        assert {answer.result().public_numbers() for answer in asked} == {public(issuer)}
    assert server.fetches == 1


def test_who_has_a_usable_key_does_not_wait_for_newer_ones(issuer, clock):
    """A slow key server delays one request in each interval, not all of them."""
    arrived, release = threading.Event(), threading.Event()
    server = KeyServer(issuer)

    def fetch(url):
        if server.fetches:
            arrived.set()
            assert release.wait(10)
        return server.fetch(url)

    keys = SigningKeys(URL, fetch, clock)
    keys.get(kid(issuer))
    clock.advance(3601)
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(keys.get, kid(issuer))
        assert arrived.wait(10)
        assert keys.get(kid(issuer)).public_numbers() == public(issuer)
        assert not slow.done()
        release.set()
        assert slow.result().public_numbers() == public(issuer)
    assert server.fetches == 2


class Announcing:
    """A lock that tells when somebody comes to it."""

    def __init__(self, lock, came):
        self.lock, self.came = lock, came

    def acquire(self, blocking):
        self.came.set()
        return self.lock.acquire(blocking)

    def release(self):
        self.lock.release()


def test_who_waits_for_a_fetch_is_given_its_keys_and_asks_for_no_others(issuer, clock):
    """Not even where the fetch took longer than the interval between two."""
    fetching, waiting, release = threading.Event(), threading.Event(), threading.Event()
    server = KeyServer(issuer)

    def fetch(url):
        if server.fetches:
            fetching.set()
            assert release.wait(10)
        return server.fetch(url)

    keys = SigningKeys(URL, fetch, clock)
    keys.get(kid(issuer))
    server.issuer = Issuer()
    clock.advance(MIN_INTERVAL_S)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(keys.get, kid(server.issuer))
        assert fetching.wait(10)
        keys._lock = Announcing(keys._lock, waiting)
        second = threads.submit(keys.get, kid(server.issuer))
        assert waiting.wait(10)
        clock.advance(MIN_INTERVAL_S)
        release.set()
        for answer in (first, second):
            assert answer.result().public_numbers() == public(server.issuer)
    assert server.fetches == 2


def test_many_threads_with_made_up_ids_in_an_outage_ask_once(issuer):
    server = KeyServer(issuer)
    server.down = True
    keys = SigningKeys(URL, server.fetch)

    def ask(number):
        with pytest.raises(KeysUnavailableError):
            keys.get(f"made-up-{number}")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(ask, range(64)))
    assert server.fetches == 1
