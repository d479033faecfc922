"""Connections are carried whole, both ways, and only where a link leads."""

import json
import socket
import sys
import threading
from contextlib import suppress

import pytest

from local.layout import ROOT, free_ports
from local.processes import Child

LINK = ROOT / "local" / "link.py"


@pytest.fixture
def echo():
    """A server that sends back what it got, once the sender has ended."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                got = b""
                while chunk := connection.recv(1 << 16):
                    got += chunk
                connection.sendall(got)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.fixture
def linked(tmp_path):
    """Start a process for each list of links, as on the two sides of a container's wall."""
    children = []

    def start(*sides):
        for number, links in enumerate(sides):
            ready = tmp_path / f"ready-{number}"
            command = [sys.executable, str(LINK), json.dumps(links), str(ready)]
            child = Child("link", command, tmp_path / "link.log")
            children.append(child)
            child.wait_until(ready.exists)
        return children

    yield start
    for child in children:
        child.stop()


def send(port, content):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(10)
        with suppress(OSError):  # the other side may have ended it already
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
        got = b""
        while chunk := connection.recv(1 << 16):
            got += chunk
        return got


@pytest.mark.parametrize("size", [0, 1, 1 << 16, 5_000_000])
def test_what_is_sent_comes_back_whole_over_two_links(linked, echo, tmp_path, size):
    (port,) = free_ports(1)
    linked(
        [[f"unix:{tmp_path}/s", f"tcp:{echo}"]],
        [[f"tcp:{port}", f"unix:{tmp_path}/s"]],
    )
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    assert send(port, content) == content


def test_a_link_to_nowhere_ends_the_connection(linked, tmp_path):
    port, nobody = free_ports(2)
    linked([[f"tcp:{port}", f"tcp:{nobody}"]])
    assert send(port, b"x") == b""


def test_it_ends_well_when_it_is_told_to(linked, echo):
    (port,) = free_ports(1)
    (child,) = linked([[f"tcp:{port}", f"tcp:{echo}"]])
    child.process.terminate()
    assert child.process.wait(30) == 0


def test_it_listens_on_loopback_alone(linked, echo):
    (port,) = free_ports(1)
    linked([[f"tcp:{port}", f"tcp:{echo}"]])
    own = socket.gethostbyname(socket.gethostname())
    if own.startswith("127."):
        own = "127.0.0.2"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((own, port), 2)
