"""The whole pipeline, started in order, watched and stopped."""

import json
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Self

import requests

from local import bigquery, layout, messaging
from local.containers import Containers
from local.layout import Ports
from local.processes import Child, uninterrupted

Report = Callable[[str], None]


class Stack:
    """A running pipeline; leaving its context leaves nothing behind."""

    def __init__(  # noqa: PLR0913 - most are for tests, by name, with defaults
        self,
        ports: Ports,
        *,
        pubsub: str,
        report: Report = lambda _: None,
        api_changes: dict[str, str] | None = None,
        function_changes: dict[str, str] | None = None,
        folder: Path = layout.FOLDER,
        bigquery_folder: Path | None = None,
        max_delivery_attempts: int = layout.MAX_DELIVERY_ATTEMPTS,
        containers: Containers | None = None,
    ) -> None:
        """Describe a stack.

        `..._changes` are environment variables that differ from the usual; `folder` gets the
        logs; with a `bigquery_folder` the tables outlive the emulator; with `containers` the
        services run in their images.
        """
        self.ports = ports
        self.pubsub = pubsub
        self.children: dict[str, Child] = {}
        self._report = report
        self._api_env = layout.api_environment(ports, **(api_changes or {}))
        self._function_env = layout.function_environment(ports, **(function_changes or {}))
        self._folder = folder
        self._bigquery_folder = bigquery_folder
        self._max_delivery_attempts = max_delivery_attempts
        self._containers = containers
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            with uninterrupted():
                self._exits.close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        with uninterrupted():
            self._exits.close()

    def start_function(self) -> None:
        """Start the function with its production command."""
        command = [_program("functions-framework"), "--source=function/main.py"]
        self._service("function", [*command, "--target=ingest_data"], self._function_env)

    def start_bigquery(self) -> None:
        """Start the BigQuery emulator and make the tables."""
        url = self.ports.url("bigquery")
        command = bigquery.command(self.ports, self._bigquery_folder)
        child = self._child("bigquery", command)
        child.wait_until(lambda: answers(f"{url}/bigquery/v2/projects/{layout.PROJECT}/datasets"))
        with bigquery.connect(url) as client:
            bigquery.create_tables(client)

    def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        ports = self.ports
        self._report("token issuer and front doors")
        self._child("edge", [sys.executable, "-m", "local.edge", json.dumps(asdict(ports))])
        self._child("pubsub", messaging.command(self.pubsub, ports))
        self._report("services")
        gunicorn = [_program("gunicorn"), "--config=app/gunicorn_conf.py"]
        self._service("api", gunicorn, self._api_env)
        self.start_function()
        self._report("BigQuery emulator")
        self.start_bigquery()
        self._report(f"Pub/Sub emulator ({self.pubsub})")
        self.children["edge"].wait_until(lambda: answers(f"{ports.url('issuer')}/oauth2/v3/certs"))
        self.children["pubsub"].wait_until(lambda: _listens(ports.pubsub))
        messaging.create_subscription(self.pubsub, ports, self._max_delivery_attempts)
        for name in ("api", "function"):
            self._report(f"{name} ready")
            url = f"{ports.url(f'{name}_service')}/health/ready"
            self.children[name].wait_until(lambda url=url: answers(url))  # type: ignore[misc]  # a bound lambda

    def _service(self, name: str, command: list[str], env: dict[str, str]) -> None:
        """Start a service as a process, or in its image, which has the same command."""
        if self._containers is None:
            self._child(name, command, env)
        else:
            started = self._containers.start(name, env, self.ports, self._folder, self._exits)
            self.children[name] = started

    def _child(self, name: str, command: list[str], env: dict[str, str] | None = None) -> Child:
        child = Child(name, command, self._folder / f"{name}.log", env)
        self.children[name] = child
        self._exits.callback(child.stop)
        return child


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    """Tell whether a GET is answered with 200."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
