"""Least privilege both ways: every call is permitted, every permission is used or justified."""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from access import kinds
from access.calls import Need
from access.case import Case
from access.grants import Grant
from access.roles import EVERYTHING, permissions

TABLE = Path(__file__).parent / "justified.toml"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is wrong with the planned grants, or with the tables that excuse them."""

    kind: str
    """`missing`, `unused`, `wide`, `reaches`, `redundant`, `stranger`, `role` or `stale`."""
    identity: str
    permission: str
    resource: str
    text: str


def judge(case: Case) -> list[Finding]:
    """Find every call without a grant and every permission without a call.

    Raises:
        UnknownError: a granted role is not known.
    """
    judged = _Judgement(case)
    idle = {finding for grant in case.grants for finding in judged.about(grant)}
    return sorted({*judged.missing(), *idle, *judged.left_over(), *judged.stale()})


def objections(case: Case) -> Callable[[Grant], Finding | None]:
    """Make a function that tells what, if anything, is wrong with one grant more."""
    judged = _Judgement(case)
    return lambda grant: next(judged.about(grant), None)


@cache
def _excuses() -> dict[str, list[dict[str, Any]]]:
    """Read access/justified.toml."""
    return tomllib.loads(TABLE.read_text("utf-8"))


class _Judgement:
    """One judgement; it remembers which excuses were needed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._used: set[tuple[str, str, str]] = set()
        self._opened = cache(lambda role: sorted(permissions(case.roles, role)))
        self._needed: dict[tuple[str, str], set[str]] = defaultdict(set)
        for need in case.needs:
            self._needed[need.identity, need.permission].add(need.resource)
        self._held: dict[tuple[str, str], list[Grant]] = defaultdict(list)
        for grant in case.grants:
            for permission in self._opened(grant.role):
                self._held[grant.identity, permission].append(grant)

    def missing(self) -> Iterator[Finding]:
        for need in self._case.needs:
            held = self._held.get((need.identity, need.permission), [])
            if not any(kinds.covers(grant.resource, need.resource) for grant in held):
                yield self._finding("missing", need.identity, need, f"{need.step} needs it")

    def about(self, grant: Grant) -> Iterator[Finding]:
        """Find what is wrong with a grant, planned or imagined."""
        if grant.identity not in self._case.names:
            text = f"{grant.role} for nobody known"
            yield self._finding("stranger", grant.identity, grant, text)
            return
        for permission in self._opened(grant.role):
            yield from self._idle(grant, permission)

    def left_over(self) -> Iterator[Finding]:
        granted = {grant.role for grant in self._case.grants}
        for role in self._case.roles:
            if role.startswith("projects/") and role not in granted:
                yield Finding("role", "", "", role, f"{role} is planned and granted to nobody")

    def _idle(self, grant: Grant, permission: str) -> Iterator[Finding]:
        wanted = self._needed.get((grant.identity, permission), set())
        inside = {name for name in wanted if kinds.covers(grant.resource, name)}
        if not inside:
            if not self._excused(grant, permission):
                yield self._finding("unused", grant.identity, grant, "no call needs it", permission)
            return
        held = self._held.get((grant.identity, permission), [])
        others = [each for each in held if each is not grant]
        if all(any(kinds.covers(each.resource, name) for each in others) for name in inside):
            text = "another grant gives it too"
            yield self._finding("redundant", grant.identity, grant, text, permission)
        if grant.resource not in inside:
            if not self._excused_wide(grant):
                text = f"only needed on {', '.join(sorted(inside))}"
                yield self._finding("wide", grant.identity, grant, text, permission)
            for name in self._alike(permission, inside):
                if kinds.covers(grant.resource, name):
                    text = f"reaches {name}, on which it makes no such call"
                    yield self._finding("reaches", grant.identity, grant, text, permission)

    def _alike(self, permission: str, wanted: set[str]) -> set[str]:
        """Find what else the permission is about; making something is about what it is made in."""
        kind = permission.rsplit(".", 1)[0]
        alike = {name for each, name in self._case.planned if each == kind}
        return alike - wanted if alike & wanted else set()

    def _excused(self, grant: Grant, permission: str) -> bool:
        for row in _excuses()["justified"]:
            on = {name for short_name in row["on"] for name in self._case.places[short_name]}
            if grant.role == row["role"] and grant.resource in on:
                for listed in {permission, EVERYTHING}.intersection(row["permissions"]):
                    for name in self._names(grant).intersection(row["identities"]):
                        self._used.add((name, grant.role, listed))
                        return True
        return False

    def _excused_wide(self, grant: Grant) -> bool:
        for row in _excuses()["wide"]:
            if row["identity"] in self._names(grant) and grant.role.endswith(f"/{row['role']}"):
                self._used.add((row["identity"], row["role"], ""))
                return True
        return False

    def _names(self, grant: Grant) -> set[str]:
        return set(self._case.names[grant.identity].split(" and "))

    def stale(self) -> Iterator[Finding]:
        """Find excuses that excuse nothing, of identities that are there at all."""
        told = {name for names in self._case.names.values() for name in names.split(" and ")}
        entries = [
            (name, entry["role"], permission)
            for entry in _excuses()["justified"]
            for name in entry["identities"]
            for permission in entry["permissions"]
        ]
        entries += [(entry["identity"], entry["role"], "") for entry in _excuses()["wide"]]
        for name, role, permission in entries:
            if name in told and (name, role, permission) not in self._used:
                text = f"justified.toml excuses {permission or 'the width'} of {role} for nothing"
                yield Finding("stale", name, permission, role, text)

    def _finding(
        self, kind: str, member: str, about: Need | Grant, text: str, permission: str = ""
    ) -> Finding:
        permission = permission or (about.permission if isinstance(about, Need) else "")
        where = f" ({about.address})" if isinstance(about, Grant) else ""
        name = self._case.names.get(member, member)
        said = f"{name}: {permission} on {about.resource}{where}: {text}"
        return Finding(kind, name, permission, about.resource, said)


def texts(findings: Iterable[Finding]) -> str:
    """Write findings as lines."""
    return "\n".join(f"{finding.kind}: {finding.text}" for finding in findings)
