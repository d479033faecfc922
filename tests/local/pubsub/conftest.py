"""The two emulators, each started once, with the trials under way, and an endpoint."""

import socket
from contextlib import ExitStack, contextmanager
from functools import cache

import pytest

from local import messaging
from local.layout import Ports
from tests.local.pubsub.doubles import (
    PROJECT,
    Emulator,
    announced_port,
    complaints,
    eventually,
    listening,
    running_process,
)
from tests.local.pubsub.trials import Trials


def listens(port):
    """Tell whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command, log, port_of):
    """Run an emulator until the end of the block; `port_of` tells its port once it listens."""
    with running_process(command, log) as process:
        assert eventually(lambda: process.poll() is not None or port_of(), 60)
        emulator = Emulator(f"127.0.0.1:{port_of()}")
        emulator.topics.list_topics(project=PROJECT, timeout=30)
        yield emulator
        emulator.close()


@pytest.fixture(scope="session")
def embedded_emulator(tmp_path_factory):
    """Ours, which takes all that the tests do to it without an error of its own."""
    log = tmp_path_factory.mktemp("pubsub") / "embedded.log"
    command = messaging.command("embedded", Ports(pubsub=0))
    with running(command, log, lambda: announced_port(log)) as emulator:
        yield emulator
    assert complaints(log) == []


@pytest.fixture(scope="session")
def google_emulator(tmp_path_factory):
    """Google's, which the contract compares ours with."""
    if messaging.google_emulator() is None:
        pytest.skip("Google's Pub/Sub emulator is not installed")
    ports = Ports.free()
    command = messaging.command("google", ports)
    log = tmp_path_factory.mktemp("pubsub") / "google.log"
    with running(command, log, lambda: listens(ports.pubsub) and ports.pubsub) as emulator:
        yield emulator


@pytest.fixture(params=messaging.KINDS)
def any_emulator(request):
    """Each of the two in turn; both live on, whatever the order of the tests."""
    return request.getfixturevalue(f"{request.param}_emulator")


@pytest.fixture(scope="session")
def trials_of():
    """Start the trials of an emulator, once."""
    with ExitStack() as exits:

        @cache
        def start(emulator):
            return Trials(emulator, exits.enter_context(listening()))

        yield start


@pytest.fixture(scope="session", autouse=True)
def _head_start(request, trials_of):
    """Begin with what takes Google's emulator long, so that it is done when its tests come."""
    wanted = any("trials" in getattr(item, "fixturenames", ()) for item in request.session.items)
    if wanted and messaging.google_emulator():
        trials_of(request.getfixturevalue("google_emulator"))


@pytest.fixture
def endpoint():
    """An endpoint that acknowledges everything until told otherwise."""
    with listening() as running_endpoint:
        yield running_endpoint
