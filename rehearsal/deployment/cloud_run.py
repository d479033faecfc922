"""Cloud Run on this machine: both services' revisions and traffic, as Terraform applied them.

Pub/Sub pushes through the function's door, as in the cloud to the service's own address.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Self

from local import layout, messaging
from local.serving import serving
from local.stack import Stack
from local.time_series import terms
from rehearsal.deployment.log_metrics import LogMetrics
from rehearsal.deployment.revisions import API, FUNCTION, Revisions
from rehearsal.world import World

TYPE = "google_cloud_run_v2_service"
OF_LOGS = "logging.googleapis.com/user/"


class CloudRun(AbstractContextManager["CloudRun"]):
    """The services of a world; obeys it each time it is asked to."""

    def __init__(
        self,
        stack: Callable[[], Stack],
        world: World,
        folder: Path,
        admit: Callable[[str], str],
    ) -> None:
        """Run what is in `world`, beside a pipeline.

        `admit` tells why an image may not run, or nothing.
        """
        self.refused: list[str] = []
        """Images that were not admitted."""
        self.services = {each.name: Revisions(each, folder / each.name) for each in (API, FUNCTION)}
        self.function = self.services[FUNCTION.name]
        self._stack, self._world, self._admit = stack, world, admit
        self._logs = LogMetrics("function", self.function.folder)
        self._log_figures = ""
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._log_figures = self._exits.enter_context(serving(self._logs.application()))
        for each in self.services.values():
            self._exits.callback(each.close)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def figures(self, question: str) -> str:
        """Tell where the figures are that a filter of Cloud Monitoring's asks for.

        Raises:
            LookupError: of no service of ours.
            ValueError: the filter is not understood.
        """
        asked = terms(question)
        service = self.services[asked["resource.labels.service_name"]]
        return self._log_figures if asked["metric.type"].startswith(OF_LOGS) else service.figures

    def traffic(self, service: str = API.name) -> dict[str, int]:
        """Tell which revision of a service gets how much, as the world has it."""
        return {
            share["revision"]: share["percent"] or 0
            for record in self._records(service)
            for share in record["values"]["traffic"]
        }

    def obey(self) -> None:
        """Do what was applied: start revisions that are new, divide traffic, tell addresses.

        Raises:
            LocalError: a revision does not start.
        """
        for name, service in self.services.items():
            for record in self._records(name):
                self._obey(record, service)

    def _obey(self, record: dict[str, Any], service: Revisions) -> None:
        values = record["values"]
        container = values["template"][0]["containers"][0]
        if reason := self._admit(container["image"]):
            self.refused.append(reason)
            return
        ports, revision = self._stack().ports, values["template"][0]["revision"]
        if not service.runs(revision):
            environment = {each["name"]: each["value"] for each in container["env"]}
            service.start(revision, environment, ports)
            if service is self.function:
                self._logs.follow(revision)
        shares = [
            {
                "revision": each["revision"],
                "percent": each["percent"] or 0,
                "tag": each["tag"] or None,
            }
            for each in values["traffic"]
        ]
        opened = service.divide(shares, revision, ports)
        if service is not self.function:
            self._tell(record, shares, service)
        elif opened:
            self._push()

    def _records(self, service: str) -> list[dict[str, Any]]:
        found = self._world.records(TYPE)
        return [record for record in found if record["values"]["name"] == service]

    def _push(self) -> None:
        """Let Pub/Sub push to the function's own address, as the planned identity."""
        planned = self.function.planned
        token = {
            "service_account_email": planned["ALLOWED_CALLERS"],
            "audience": planned["AUDIENCES"],
        }
        config = {"push_endpoint": f"{self.function.url}/", "oidc_token": token}
        with messaging.subscriber(f"127.0.0.1:{self._stack().ports.pubsub}") as subscriptions:
            subscriptions.modify_push_config(
                subscription=layout.SUBSCRIPTION, push_config=config, timeout=30
            )

    def _tell(
        self, record: dict[str, Any], shares: list[dict[str, Any]], service: Revisions
    ) -> None:
        """Give the service and its tag their addresses, which only the cloud can choose."""
        statuses = [
            {
                **each,
                "tag": each["tag"] or "",
                "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
                "uri": service.tag_url if each["tag"] else "",
            }
            for each in shares
        ]
        told = {"uri": service.url, "urls": [service.url], "traffic_statuses": statuses}
        if any(record["values"].get(key) != value for key, value in told.items()):
            self._world.put(record["type"], record["id"], {**record["values"], **told})
