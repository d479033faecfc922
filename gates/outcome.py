"""What one gate says: passed, found, or that it could not judge."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gates.finding import Finding


class BrokenError(Exception):
    """A gate, or all of them, could not judge. The text says what to do."""


class Status(StrEnum):
    """The four answers; only `PASSED` and `UNTOUCHED` let a change through."""

    PASSED = "passed"
    FOUND = "found"
    BROKEN = "could not judge"
    UNTOUCHED = "untouched"
    """The change since a given commit concerns no file that the gate reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One gate's answer, and what it rests on."""

    gate: str
    about: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it could not judge, and what to do."""
    scanned: int = 0
    """How many things it looked at; a pass of nothing is no pass."""
    unit: str = "files"
    seconds: float = 0.0
    version: str = ""
    """The tool's."""
    notes: tuple[str, ...] = ()
    """What a pass is worth: which advisories, how old."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that no waiver covers."""
        return tuple(finding for finding in self.findings if not finding.waived)

    def as_dict(self) -> dict[str, Any]:
        """Write it as in `verdict.json`."""
        return {
            "gate": self.gate,
            "about": self.about,
            "status": self.status.value,
            "reason": self.reason,
            "scanned": self.scanned,
            "unit": self.unit,
            "seconds": round(self.seconds, 3),
            "version": self.version,
            "notes": list(self.notes),
            "findings": [finding.as_dict() for finding in self.findings],
        }
