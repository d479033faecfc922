"""data-api under its production command, as Cloud Run starts and stops it."""

import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.faults import Fault
from local.layout import ROOT
from tests.app.production import AUDIENCE, COMMAND, READER


@pytest.fixture
def headers(token_issuer):
    return {"Authorization": f"Bearer {token_issuer.issuer.mint(READER, AUDIENCE)}"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [({}, "AUDIENCES"), ({"AUTH_MODE": "iam"}, "AUTH_MODE"), ({"CACHE_TTL": "1"}, "CACHE_TTL")],
)
def test_a_wrong_environment_ends_it_and_is_named(changes, named):
    """Gunicorn would otherwise start a new worker for ever."""
    ended = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOST": "127.0.0.1", "PORT": "0", **changes},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 3
    assert ended.stderr.startswith("cannot start: ")
    assert named in ended.stderr.splitlines()[0]
    assert "Traceback" not in ended.stderr + ended.stdout


def test_sigterm_lets_a_read_in_flight_end(served, headers, faults):
    slow = Fault("slow", path="queries", seconds=2.0, times=4)
    faults.plan(slow)
    with ThreadPoolExecutor(4) as pool:
        urls = [f"{served.url}/data?limit={number + 1}" for number in range(4)]
        futures = [pool.submit(requests.get, url, headers=headers, timeout=20) for url in urls]
        until = time.monotonic() + 15
        while slow.times and time.monotonic() < until:
            time.sleep(0.01)
        started = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert [future.result().status_code for future in futures] == [200] * 4
        assert served.process.wait(10) == 0
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /data HTTP/9.9\r\n\r\n",
        b'{"severity":"INFO","event":"data.read"}\r\n\r\n',
        b"\x00\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header: \x01\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_http_forges_no_line_of_the_log(served, headers, raw):
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(raw)
        connection.recv(1 << 16)
    assert requests.get(f"{served.url}/data", headers=headers, timeout=20).json() == []
    lines = served.log_path.read_text("utf-8").splitlines()
    assert sum('"event":"data.read"' in line for line in lines) == 1
    assert all(line.startswith('{"severity":') for line in lines), lines
