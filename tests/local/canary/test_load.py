"""A request that got no whole answer is counted as lost, whatever swallowed it."""

import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress

import pytest
from aiohttp import web

from local.canary.load import Load
from local.layout import LocalError
from local.serving import serving


def load(url, rate=200.0, callers=4):
    return Load(url, "/data", headers={"X-Who": "me"}, rate=rate, callers=callers)


def test_every_request_is_answered_and_on_schedule():
    arrived = []

    async def answer(request):
        arrived.append(request.headers["X-Who"])
        return web.Response(status=200 if len(arrived) % 2 else 503)

    app = web.Application()
    app.router.add_get("/data", answer)
    with serving(app) as url:
        started = time.monotonic()
        with load(url, rate=100) as sending:
            time.sleep(0.5)
        seconds = time.monotonic() - started
    assert len(sending.answers) == sending.sent == len(arrived)
    assert sending.sent <= 100 * seconds + 1, "never ahead of the schedule"
    assert Counter(each.status for each in sending.answers) == {
        200: (sending.sent + 1) // 2,
        503: sending.sent // 2,
    }
    assert set(arrived) == {"me"}


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"


@contextmanager
def rude_server(words):
    """Answer each connection with some bytes, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(1 << 16)
                        connection.sendall(words)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize("words", [b"", CUT, b"HTTP/1.1 2", b"garbage\r\n\r\n"], ids=repr)
def test_an_answer_that_is_missing_or_cut_is_a_loss(words):
    with rude_server(words) as url, load(url) as sending:
        time.sleep(0.3)
    assert sending.sent == len(sending.answers) > 0
    assert {each.status for each in sending.answers} == {None}


def test_nobody_there_is_a_loss():
    with load("http://127.0.0.1:9") as sending:
        time.sleep(0.2)
    assert sending.sent == len(sending.answers) > 0
    assert {each.status for each in sending.answers} == {None}


@pytest.mark.parametrize("url", ["http://example.test:80", "http://127.0.0.1", "http://10.0.0.1:1"])
def test_load_is_for_loopback_alone(url):
    with pytest.raises(LocalError, match="loopback"):
        load(url)
