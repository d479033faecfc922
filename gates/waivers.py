"""Reads `policies/waivers.toml`: which findings are let pass, why, by whom, until when."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gates.declaration import complaint
from gates.finding import Finding
from gates.outcome import Outcome, Status

PATH = Path("policies", "waivers.toml")
LONGEST = timedelta(days=90)
JUDGED = (Status.PASSED, Status.FOUND)
ELSEWHERE = ("codeql",)
"""Gates that only GitHub runs: gates/github/codeql.py."""


class Waiver(BaseModel):
    """Some findings of one rule in one file."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    gate: str = Field(min_length=1)
    rule: str = Field(min_length=1)
    path: str = Field(min_length=1, pattern=r"^[^*?\[\]]+$")
    """Of one file: no pattern, so that nothing new hides behind an old waiver."""
    count: int = Field(default=1, ge=1)
    """How many findings it covers; more, or fewer, are a complaint."""
    reason: str = Field(pattern=r"\S+ \S+ \S+")
    owner: str = Field(pattern=r"^@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+)?$")
    """A person or team on GitHub, `@name` or `@organisation/team`."""
    added: date
    expires: date

    def __str__(self) -> str:
        """Name it."""
        return f"{self.gate} {self.rule} {self.path}"

    def complaints(self, today: date) -> list[str]:
        """Say all that is wrong with its dates."""
        wrong = {
            f"expired on {self.expires}: mend the finding, or argue it anew": self.expires < today,
            "added is in the future": self.added > today,
            f"expires more than {LONGEST.days} days after added": (
                self.expires - self.added > LONGEST
            ),
        }
        return [f"{self}: {text}" for text, is_wrong in wrong.items() if is_wrong]

    def covers(self, finding: Finding) -> bool:
        """Tell whether it speaks of this finding."""
        return (self.gate, self.rule, self.path) == (finding.gate, finding.rule, finding.path)


@dataclass(frozen=True, slots=True)
class Register:
    """The waivers that count, and what is wrong with the others."""

    waivers: tuple[Waiver, ...] = ()
    complaints: tuple[str, ...] = ()


def read(root: Path, today: date) -> Register:
    """Read the register. One that is not there waives nothing, and a faulty waiver neither."""
    try:
        text = (root / PATH).read_text("utf-8")
    except FileNotFoundError:
        return Register()
    except (OSError, ValueError) as exc:
        return Register(complaints=(f"{PATH} cannot be read: {exc}",))
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        return Register(complaints=(f"{PATH} is no TOML: {exc}",))
    tables = document.pop("waiver", [])
    if document or not isinstance(tables, list):
        return Register(complaints=(f"{PATH} may hold nothing but [[waiver]] tables",))
    return _register(tables, today)


def apply(
    outcomes: Iterable[Outcome], register: Register, known: Iterable[str]
) -> tuple[tuple[Outcome, ...], tuple[str, ...]]:
    """Mark what is waived, and complain about waivers that do not fit.

    Args:
        outcomes: of the gates that were asked. A waiver of another one, or of one that could not
            judge, is left alone.
        register: what `read` gave.
        known: the names of all gates there are.
    """
    outcomes, names = tuple(outcomes), {*known, *ELSEWHERE}
    complaints = list(register.complaints)
    findings = {o.gate: o.findings for o in outcomes if o.status in JUDGED}
    valid = []
    for waiver in register.waivers:
        matching = sum(map(waiver.covers, findings.get(waiver.gate, ())))
        if waiver.gate not in names:
            complaints.append(f"{waiver}: there is no gate of this name")
        elif waiver.gate in findings and matching != waiver.count:
            complaints.append(f"{waiver}: it is for {waiver.count} findings; there are {matching}")
        else:
            valid.append(waiver)
    return tuple(_waived(outcome, valid) for outcome in outcomes), tuple(complaints)


def _register(tables: Sequence[Any], today: date) -> Register:
    waivers: dict[str, Waiver] = {}
    complaints: list[str] = []
    for number, table in enumerate(tables, 1):
        try:
            waiver = Waiver.model_validate(table)
        except ValidationError as exc:
            complaints += [f"waiver {number}: {complaint(each)}" for each in exc.errors()]
            continue
        wrong = waiver.complaints(today)
        if str(waiver) in waivers:
            wrong.append(f"{waiver}: it is there twice")
        if not wrong:
            waivers[str(waiver)] = waiver
        complaints += wrong
    return Register(tuple(waivers.values()), tuple(complaints))


def _waived(outcome: Outcome, waivers: Sequence[Waiver]) -> Outcome:
    """Mark its findings; it passes if all of them are waived."""
    reasons: Mapping[int, str] = {
        index: f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
        for index, finding in enumerate(outcome.findings)
        for waiver in waivers
        if waiver.covers(finding)
    }
    if outcome.status is not Status.FOUND or not reasons:
        return outcome
    findings = tuple(
        replace(finding, waived=reasons.get(index, ""))
        for index, finding in enumerate(outcome.findings)
    )
    status = Status.FOUND if any(not each.waived for each in findings) else Status.PASSED
    return replace(outcome, findings=findings, status=status)
