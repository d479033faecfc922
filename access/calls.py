"""What each identity needs: its calls, opened into permissions on planned resources.

recorded.json holds what the runtime was seen to call, a list of `{"identity": a short name,
"method": as in methods.toml, "resource": a name under [resources] in calls.toml}`. Whoever records
writes each call once, sorted, so that a new recording is a small difference.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from access import kinds
from access.identities import Setting, identities, table
from access.kinds import Resource, UnknownError

HERE = Path(__file__).parent
Plans = Mapping[str, Sequence[Resource]]
"""Planned resources by root, `terraform/bootstrap` for instance."""


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One permission that one identity cannot do without."""

    identity: str
    permission: str
    resource: str
    step: str


@cache
def methods() -> dict[str, dict[str, tuple[str, ...]]]:
    """Read which permissions a method needs in which place."""
    groups = tomllib.loads((HERE / "methods.toml").read_text("utf-8")).values()
    return {
        name: {place: tuple(permissions) for place, permissions in places.items()}
        for group in groups
        for name, places in group["methods"].items()
    }


def needs(plans: Plans, setting: Setting) -> set[Need]:
    """Open every call, declared, recorded or made by Terraform, on what is planned.

    A call on something that is not planned is not made: there is no function where Pub/Sub writes.
    """
    world = World(plans, setting)
    found: set[Need] = set()
    for call in _declared():
        if call["needs"] and not world.find(call["needs"]):
            continue
        for name in call["resources"]:
            for resource in world.find(name):
                for method in call["methods"]:
                    found |= set(world.opened(call["identity"], method, resource, call["step"]))
    for run in table()["terraform"]:
        for resource in plans.get(run["root"], ()):
            operations = kinds.kind(resource).operations
            for operation in run["operations"]:
                for method in operations.get(operation, ()):
                    step = f"{run['step']}: {operation} {resource.address}"
                    found |= set(world.opened(run["identity"], method, resource, step))
    return found


def _declared() -> Iterator[dict[str, Any]]:
    """List the calls of all tables in one shape."""
    present = table()["present"]
    for call in table()["calls"]:
        yield {"needs": present.get(call["identity"], ""), **call}
    for call in json.loads((HERE / "recorded.json").read_text("utf-8")):
        yield {
            "identity": call["identity"],
            "methods": [call["method"]],
            "resources": [call["resource"]],
            "needs": present.get(call["identity"], ""),
            "step": "recorded from the local pipeline",
        }
    for name in table()["jobs"]:
        yield {
            "identity": f"job-{name}",
            "methods": ["iamcredentials.projects.serviceAccounts.generateAccessToken"],
            "resources": [f'google_service_account.release["{name}"]'],
            "needs": "",
            "step": f"{name}: become the account",
        }


class World:
    """The planned resources, found by short name."""

    def __init__(self, plans: Plans, setting: Setting) -> None:
        self._resources = [resource for plan in plans.values() for resource in plan]
        self._setting = setting
        self._members = identities(setting)
        self._buckets = kinds.buckets(self._resources)

    def find(self, name: str) -> list[Resource | None]:
        """Find what a name of [resources] or an address stands for; None is the project."""
        if name == "project":
            return [None]
        row = table()["resources"].get(name, {"address": name})
        wanted = re.compile(re.escape(row["address"]) + r"(\[[^\]]*\])?")
        return [
            resource
            for resource in self._resources
            if wanted.fullmatch(resource.address)
            and ("with" not in row or resource.values.get(row["with"]))
        ]

    def names(self, resources: Iterable[Resource | None]) -> list[str]:
        """Give them Google's names."""
        project = f"projects/{self._setting.project}"
        return [
            project if resource is None else kinds.canonical(resource, self._buckets)
            for resource in resources
        ]

    def places(self, names: Iterable[str]) -> dict[str, frozenset[str]]:
        """Give Google's names of what each short name stands for."""
        return {name: frozenset(self.names(self.find(name))) for name in names}

    def opened(
        self, identity: str, method: str, resource: Resource | None, step: str
    ) -> Iterator[Need]:
        """Open one call.

        Raises:
            UnknownError: identity or method is in no table, or the resource has no name yet.
        """
        if identity not in self._members or method not in methods():
            raise UnknownError(f"{step}: {identity} or {method} is in no table of access/")
        (name,) = self.names([resource])
        for place, permissions in methods()[method].items():
            for where in self._places(place, name, resource):
                for member in self._members[identity]:
                    for permission in permissions:
                        yield Need(member, permission, where, step)

    def _places(self, place: str, name: str, resource: Resource | None) -> list[str]:
        match place:
            case "self":
                return [name]
            case "project":
                return ["/".join(name.split("/")[:2])]
            case "parent":
                return [name.rsplit("/", 2)[0]]
        if resource is None:
            return []
        return kinds.related(resource, place)
