"""A recorder of real parts: the embedded Pub/Sub, a front door, logs that the tests write to."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from local import layout, messaging
from local.front_door import FrontDoor
from local.layout import Ports
from local.observation.dashboard import Dashboard
from local.observation.recorder import Recorder
from local.processes import Child
from local.request_log import RequestLog
from local.serving import serving
from local.stack import _listens
from monitoring import catalogue
from tests.gates.reports.conftest import browser

__all__ = ["browser"]


@dataclass
class Watched:
    """A pipeline of which only the parts run that a recorder looks at."""

    folder: Path
    pubsub_host: str
    api: str
    token: str
    recorder: Recorder
    dashboard: str

    def log(self, line, name="function"):
        """Write a line of a service."""
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            log.write(line)

    def publish(self, *bodies):
        """Publish messages, and give their ids."""
        with messaging.publisher(self.pubsub_host) as client:
            return [client.publish(layout.TOPIC, body).result(10) for body in bodies]


@pytest.fixture(scope="module")
def pubsub_host(tmp_path_factory):
    """An embedded Pub/Sub with the pipeline's topics, and nobody who delivers."""
    ports = Ports.free()
    log = tmp_path_factory.mktemp("pubsub") / "pubsub.log"
    with Child("pubsub", messaging.command("embedded", ports), log) as child:
        child.wait_until(lambda: _listens(ports.pubsub))
        host = f"127.0.0.1:{ports.pubsub}"
        with messaging.publisher(host) as client:
            for topic in (layout.TOPIC, layout.DEAD_LETTER_TOPIC):
                client.create_topic(name=topic)
        yield host


@pytest.fixture(scope="module")
def watched(pubsub_host, tmp_path_factory, token_issuer):
    """The front door of a service that fails where it is told to, a recorder, and its page."""
    folder = tmp_path_factory.mktemp("logs")

    def write(line):
        with (folder / "edge.log").open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    async def answer(request):
        return web.Response(status=503 if request.path == "/fail" else 200)

    service = web.Application()
    service.router.add_get("/{path:.*}", answer)
    with serving(service) as target:
        door = FrontDoor(
            target,
            audience=layout.API_AUDIENCE,
            invokers=frozenset({layout.READER}),
            keys_url=token_issuer.keys_url,
            log=RequestLog("data-api", layout.API_AUDIENCE, write),
        )
        with (
            serving(door.application()) as api,
            Recorder(folder, pubsub_host, catalogue.read().logs) as recorder,
            serving(Dashboard(recorder).application()) as dashboard,
        ):
            token = token_issuer.issuer.mint(layout.READER, layout.API_AUDIENCE)
            yield Watched(folder, pubsub_host, api, token, recorder, dashboard)
