"""The revisions of data-api on this machine, and the door that divides the traffic among them."""

import json
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import requests

from local import layout, traffic
from local.faults import FaultProxy
from local.layout import LocalError
from local.processes import Child
from local.serving import serving
from local.stack import Stack, answers

SERVICE = "data-api"
CANDIDATE = "candidate"
"""The tag, as terraform/service/main.tf has it."""
DRAIN_TIMEOUT_S = 30.0


class Fleet:
    """Some revisions behind one weighted door; leaving the context ends all of them."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        """Begin with the stack's own data-api as the revision that has all of the traffic."""
        self._stack = stack
        self._folder = folder
        self._traffic, self._revisions = folder / "traffic.json", folder / "revisions.json"
        door, tag, figures = layout.free_ports(3)
        self._settings = {
            "service": SERVICE,
            "port": door,
            "tags": {CANDIDATE: tag},
            "figures_port": figures,
            "traffic": str(self._traffic),
            "revisions": str(self._revisions),
            "audience": layout.API_AUDIENCE,
            "invokers": [layout.READER],
            "keys_url": f"{stack.ports.url('issuer')}/oauth2/v3/certs",
        }
        self.url, self.tag_url, self.figures_url = (
            f"http://127.0.0.1:{port}" for port in (door, tag, figures)
        )
        self.serving = f"{SERVICE}-1"
        self._urls = {self.serving: stack.ports.url("api_service")}
        self._children: dict[str, Child] = {}
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        traffic.write(self._revisions, self._urls)
        self.give_all(self.serving)
        command = [sys.executable, "-m", "local.weighted_door", json.dumps(self._settings)]
        try:
            door = self._child("door", command, {})
            door.wait_until(lambda: answers(f"{self.figures_url}/status"))
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def start(self, revision: str, **changes: str) -> FaultProxy:
        """Start a revision with a way to BigQuery of its own; return that, which can be disturbed.

        `changes` are environment variables that differ from the usual.
        """
        way = FaultProxy(self._stack.ports.url("bigquery"))
        address = self._exits.enter_context(serving(way.application()))
        (port,) = layout.free_ports(1)
        env = layout.api_environment(
            self._stack.ports,
            K_REVISION=revision,
            PORT=str(port),
            BIGQUERY_EMULATOR_HOST=address,
            **changes,
        )
        gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "--config=app/gunicorn_conf.py"]
        url = f"http://127.0.0.1:{port}"
        child = self._child(revision, gunicorn, env)
        child.wait_until(lambda: answers(f"{url}/health/ready"))
        self._urls[revision] = url
        traffic.write(self._revisions, self._urls)
        return way

    def give_all(self, revision: str) -> None:
        """Give one revision all of the traffic, and nobody a tag."""
        self.serving = revision
        traffic.write(self._traffic, [{"revision": revision, "percent": 100, "tag": None}])

    def divide(self, candidate: str, percent: int) -> None:
        """Give a candidate so many per cent, and its tag."""
        new = {"revision": candidate, "percent": percent, "tag": CANDIDATE}
        rest = {"revision": self.serving, "percent": 100 - percent, "tag": None}
        traffic.write(self._traffic, [rest, new] if percent < traffic.WHOLE else [new])

    def stop(self, revision: str) -> None:
        """End a revision that has no traffic, once it has answered all that it had.

        Raises:
            LocalError: it did not finish.
        """
        until = time.monotonic() + DRAIN_TIMEOUT_S
        while self.status()["in_flight"].get(revision):
            if time.monotonic() > until:
                raise LocalError(f"{revision} did not finish its requests")
            time.sleep(0.05)
        del self._urls[revision]
        traffic.write(self._revisions, self._urls)
        if revision in self._children:
            self._children[revision].stop()

    def status(self) -> Mapping[str, Any]:
        """Ask the door what it obeys; an obedient answer is one that refused nothing.

        Raises:
            LocalError: it refused the newest files.
        """
        answer = requests.get(f"{self.figures_url}/status", timeout=10)
        answer.raise_for_status()
        status: Mapping[str, Any] = answer.json()
        if status["refused"]:
            raise LocalError(f"the front door: {status['refused']}")
        return status

    def _child(self, name: str, command: list[str], env: Mapping[str, str]) -> Child:
        child = Child(name, command, self._folder / f"{name}.log", env)
        self._children[name] = child
        self._exits.callback(child.stop)
        return child
