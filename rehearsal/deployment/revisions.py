"""One service's revisions on this machine: real processes behind a door that divides the requests.

A revision has the planned environment and a way of its own to the local pipeline's tables.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.plans.steps import TAG
from local import layout, traffic
from local.faults import Fault, FaultProxy
from local.layout import Ports
from local.processes import Child
from local.serving import serving
from local.stack import answers

START_TIMEOUT_S = 300.0
"""Jobs run at the same time, on few cores."""
TOLD_OF_LATENCY = 0.1
"""Minutes pass in seconds here, so requests wait for each other; the canary's demo shows what
becomes of a slow revision."""
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Service:
    """What there is to know of a service to run it."""

    name: str
    command: Sequence[str]
    """Its production command."""
    environment: Callable[..., dict[str, str]]
    """What this machine decides, for its ports, with changes."""
    planned: frozenset[str]
    """What a revision takes from its plan; where things are is this machine's."""
    changes: Mapping[str, str]


API = Service(
    "data-api",
    (str(PROGRAMS / "gunicorn"), "--config=app/gunicorn_conf.py"),
    layout.api_environment,
    frozenset({"ALLOWED_CALLERS", "AUDIENCES", "CACHE_TTL", "SMOKE_CALLERS"}),
    # The planned limit's requests would come in seconds, too.
    {"RATE_LIMIT_PER_MINUTE": "10000000"},
)
FUNCTION = Service(
    "pubsub-to-bigquery",
    (
        str(PROGRAMS / "functions-framework"),
        "--source=function/main.py",
        "--target=ingest_data",
    ),
    layout.function_environment,
    frozenset({"ALLOWED_CALLERS", "AUDIENCES", "BATCH_LINGER", "DELIVERY_DEADLINE"}),
    {},
)


class Revisions:
    """A service as it was applied last."""

    def __init__(self, service: Service, folder: Path) -> None:
        """Keep logs and the door's files in `folder`."""
        self.service, self.folder = service, folder
        self.fault: Fault | None = None
        """What lies between a candidate and BigQuery once callers reach it."""
        self.share = 0
        """Per cent that the candidate has; 0 while there is none."""
        self.planned: Mapping[str, str] = {}
        """Of the newest revision's environment."""
        self._door, self._tag, self._figures = layout.free_ports(3)
        self._ways: dict[str, FaultProxy] = {}
        self._urls: dict[str, str] = {}
        self._is_open = False
        self._exits = ExitStack()

    def close(self) -> None:
        """End everything."""
        self._exits.close()

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://127.0.0.1:{self._door}"

    @property
    def tag_url(self) -> str:
        """Where the candidate is, whatever its share."""
        return f"http://127.0.0.1:{self._tag}"

    @property
    def figures(self) -> str:
        """Where the door tells its figures, as Cloud Monitoring does."""
        return f"http://127.0.0.1:{self._figures}"

    def runs(self, revision: str) -> bool:
        """Tell whether a revision was started."""
        return revision in self._urls

    def start(self, revision: str, environment: Mapping[str, str], ports: Ports) -> None:
        """Start a revision with its planned environment.

        Raises:
            LocalError: it does not start.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        way = FaultProxy(ports.url("bigquery"))
        address = self._exits.enter_context(serving(way.application()))
        (port,) = layout.free_ports(1)
        planned = {name: environment[name] for name in self.service.planned & environment.keys()}
        env = self.service.environment(
            ports,
            **planned,
            **self.service.changes,
            K_REVISION=revision,
            PORT=str(port),
            BIGQUERY_EMULATOR_HOST=address,
        )
        url = f"http://127.0.0.1:{port}"
        child = self._child(revision, [*self.service.command], env)
        child.wait_until(lambda: answers(f"{url}/health/ready"), START_TIMEOUT_S)
        self._ways[revision], self._urls[revision] = way, url
        self.planned = planned

    def divide(self, shares: Sequence[Mapping[str, Any]], newest: str, ports: Ports) -> bool:
        """Obey a division among revisions; tell whether the door was opened for it."""
        # Of releases before this one's stable revision there is nothing to tell apart.
        for each in shares:
            self._urls.setdefault(each["revision"], self._urls[newest])
        traffic.write(self.folder / "revisions.json", self._urls)
        traffic.write(self.folder / "traffic.json", list(shares))
        self._misbehave(shares)
        self.share = sum(each["percent"] for each in shares if each["tag"])
        return self._open(ports)

    def _open(self, ports: Ports) -> bool:
        """Open the door, once there is something behind it."""
        if self._is_open:
            return False
        settings = {
            "service": self.service.name,
            "port": self._door,
            "tags": {TAG: self._tag},
            "figures_port": self._figures,
            "traffic": str(self.folder / "traffic.json"),
            "revisions": str(self.folder / "revisions.json"),
            "audience": self.planned["AUDIENCES"],
            "invokers": self.planned["ALLOWED_CALLERS"].split(","),
            "keys_url": f"{ports.url('issuer')}/oauth2/v3/certs",
            "told_of_latency": TOLD_OF_LATENCY,
        }
        command = [sys.executable, "-m", "local.weighted_door", json.dumps(settings)]
        door = self._child("door", command, {})
        door.wait_until(lambda: answers(f"{self.figures}/status"), START_TIMEOUT_S)
        self._is_open = True
        return True

    def _misbehave(self, shares: Sequence[Mapping[str, Any]]) -> None:
        for each in shares:
            way = self._ways.get(each["revision"])
            if self.fault and each["tag"] and each["percent"] and way:
                way.plan(self.fault)

    def _child(self, name: str, command: list[str], env: dict[str, str]) -> Child:
        child = Child(name, command, self.folder / f"{name}.log", env)
        self._exits.callback(child.stop)
        return child
