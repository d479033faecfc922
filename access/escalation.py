"""No escalation: a search over all planned grants for a way to become more.

A way is made of single steps, and each step must be one that escalation.toml says is intended.
People are no starting point: they apply bootstrap, and may do what it says anyway.
"""

import tomllib
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from access import kinds
from access.calls import Plans, World
from access.case import Case
from access.grants import Grant
from access.identities import Setting, table
from access.kinds import Resource
from access.roles import EVERYTHING, permissions

TABLE = Path(__file__).parent / "escalation.toml"
POLICY_TOO = {
    "bigquery.datasets": ("bigquery.datasets.update",),
    "storage.buckets": ("storage.managedFolders.setIamPolicy",),
}
"""What sets a policy under another name: a dataset's access list, a policy on a bucket's folder."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """From one identity to another, or to a goal, by one rule."""

    source: str
    """A short name, or the member itself where it has none."""
    target: str
    rule: str
    words: str = field(compare=False)
    how: str = field(compare=False)
    """The permission, the resource and the grant."""


@cache
def rules() -> dict[str, Any]:
    """Read the table of rules, goals and intended steps."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def intended() -> set[tuple[str, str, str]]:
    """List what is meant to be: the table's steps, and from each job to its account."""
    told = {(row["source"], row["target"], by) for row in rules()["intended"] for by in row["by"]}
    return told | {(f"job-{name}", f"release-{name}", "tokens") for name in table()["jobs"]}


def search(plans: Plans, setting: Setting) -> list[str]:
    """Describe each way that is not intended, from a job of GitHub's to the worst that it leads to.

    Also each intended step that is not there: the table must not excuse what may come later.

    Raises:
        UnknownError: the plans hold what cannot be judged.
    """
    allowed = intended()
    found = {(step.source, step.target, step.rule): step for step in steps(plans, setting)}
    known = [found[key] for key in sorted(found.keys() & allowed)]
    every = sorted(found.values())
    wrong = [
        ", then ".join(
            [step.words for step in _way_to(found[key].source, known)]
            + [f"{found[key].words} ({found[key].how})"]
            + [step.words for step in _way_on(found[key].target, every)]
        )
        for key in sorted(found.keys() - allowed)
    ]
    stale = [
        f"escalation.toml excuses {source} -> {target} by {rule} for nothing"
        for source, target, rule in sorted(allowed - found.keys())
    ]
    return wrong + stale


def reached(start: str, found: Sequence[Step]) -> frozenset[str]:
    """Name every identity and goal that `start` gets to by some steps, intended or not."""
    return frozenset(way[-1].target for way in _ways(start, found))


def steps(plans: Plans, setting: Setting) -> list[Step]:
    """List every step that the planned grants allow, one for each source, target and rule."""
    return sorted(set(_Search(plans, setting).steps()))


class _Search:
    """The planned world, asked who holds what."""

    def __init__(self, plans: Plans, setting: Setting) -> None:
        self._case = Case.of(plans, setting)
        self._opened = cache(lambda role: permissions(self._case.roles, role))
        self._world = World(plans, setting)
        self._all = [resource for plan in plans.values() for resource in plan]
        self._project = f"projects/{setting.project}"
        self._grants: dict[str, list[Grant]] = defaultdict(list)
        for grant in self._case.grants:
            self._grants[grant.identity].append(grant)
        self._policies = sorted({*self._case.planned, ("resourcemanager.projects", self._project)})

    def steps(self) -> Iterator[Step]:
        for rule in rules()["rules"]:
            for resource in self._places(rule["on"]):
                asked = self._asked(rule["any"], *self._world.names([resource]))
                for member, grants in self._grants.items():
                    how = self._held(asked, grants)
                    if how and not member.startswith(("user:", "group:")):
                        yield from self._gains(member, rule, resource, how)

    def _places(self, where: str) -> list[Resource | None]:
        """Find what a rule is about: what is planned, and what others made and we grant on."""
        if not where.startswith("google_"):
            return self._world.find(where)
        types = {where, f"{where}_iam_member", f"{where}_iam_binding"}
        return [resource for resource in self._all if resource.type in types]

    def _asked(self, wanted: list[str], name: str) -> list[tuple[str, str]]:
        """List what gives one of some permissions on a resource: a permission, and where.

        Whoever sets the policy of the resource, or of what it is in, holds them all.
        """
        setters = [
            (permission, place)
            for kind, place in self._policies
            if kinds.covers(place, name)
            for permission in (f"{kind}.setIamPolicy", *POLICY_TOO.get(kind, ()))
        ]
        return [*((permission, name) for permission in wanted), *setters]

    def _held(self, asked: list[tuple[str, str]], grants: list[Grant]) -> str:
        """Say which of it some grants give, or nothing."""
        for permission, place in asked:
            for grant in grants:
                if kinds.covers(grant.resource, place):
                    held = self._opened(grant.role)
                    if permission in held or EVERYTHING in held:
                        at = place.removeprefix(f"{self._project}/")
                        return f"{permission} on {at}: {grant.address}, {grant.role}"
        return ""

    def _gains(
        self, member: str, rule: dict[str, Any], resource: Resource | None, how: str
    ) -> Iterator[Step]:
        source = self._case.names.get(member, member)
        goals = rules()["goals"]
        for target in self._targets(rule["gains"], resource):
            then = f", and so {goals[target]}" if target in goals else f" {target}"
            if target != source:
                yield Step(source, target, rule["name"], f"{source} {rule['does']}{then}", how)

    def _targets(self, gains: str | list[str], resource: Resource | None) -> list[str]:
        if isinstance(gains, list):
            return gains
        match gains:
            case "itself":
                accounts = [name.rsplit("/", 1)[1] for name in self._world.names([resource])]
            case "runs" if resource is not None:
                accounts = kinds.attributes(resource.values, "template.service_account")
            case "federated":
                accounts = [
                    grant.resource.rsplit("/", 1)[1]
                    for grant in self._case.grants
                    if grant.identity.startswith("principalSet:")
                ]
            case _:
                return [gains]
        members = [f"serviceAccount:{account}" for account in accounts]
        return sorted({self._case.names.get(member, member) for member in members})


def _ways(start: str, found: Sequence[Step]) -> Iterator[list[Step]]:
    """Walk from `start`, shortest ways first, to each target once."""
    queue: deque[list[Step]] = deque([[]])
    seen = {start}
    while queue:
        way = queue.popleft()
        for step in found:
            if step.source == (way[-1].target if way else start) and step.target not in seen:
                seen.add(step.target)
                queue.append([*way, step])
                yield [*way, step]


def _way_to(source: str, known: Sequence[Step]) -> list[Step]:
    """Find how a job of GitHub's gets to where something begins, by intended steps alone."""
    jobs = sorted({step.source for step in known if step.source.startswith("job-")})
    ways = [way for job in jobs for way in _ways(job, known) if way[-1].target == source]
    return min(ways, key=len, default=[])


def _way_on(target: str, found: Sequence[Step]) -> list[Step]:
    """Find the worst that follows: the first of the goals that can be reached."""
    ways = {way[-1].target: way for way in _ways(target, found)}
    return next((ways[goal] for goal in rules()["goals"] if goal in ways), [])
