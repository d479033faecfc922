"""The two emulators, each started once, and an endpoint for their pushes."""

import socket
from contextlib import contextmanager

import pytest

from local import messaging
from local.layout import Ports
from local.processes import Child
from tests.local.pubsub.doubles import Emulator, listening


def listens(port):
    """Tell whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(kind, folder):
    """Run an emulator for a while."""
    ports = Ports.free()
    log = folder / f"{kind}.log"
    with Child(f"pubsub-{kind}", messaging.command(kind, ports), log) as child:
        child.wait_until(lambda: listens(ports.pubsub))
        emulator = Emulator(f"127.0.0.1:{ports.pubsub}")
        emulator.topics.list_topics(project="projects/contract", timeout=30)
        yield emulator
        emulator.close()
    emulator.log = log


@pytest.fixture(scope="session")
def embedded_emulator(tmp_path_factory):
    """Ours."""
    with running("embedded", tmp_path_factory.mktemp("pubsub")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def google_emulator(tmp_path_factory):
    """Google's, which the contract compares ours with."""
    if messaging.google_emulator() is None:
        pytest.skip("Google's Pub/Sub emulator is not installed")
    with running("google", tmp_path_factory.mktemp("pubsub")) as emulator:
        yield emulator


@pytest.fixture(params=messaging.KINDS)
def any_emulator(request):
    """Each of the two in turn; both live on, whatever the order of the tests."""
    return request.getfixturevalue(f"{request.param}_emulator")


@pytest.fixture
def endpoint():
    """An endpoint that acknowledges everything until told otherwise."""
    with listening() as running_endpoint:
        yield running_endpoint
