"""From all outcomes, and what is wrong with the waivers, to one answer; no I/O here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gates.outcome import Outcome, Status

PASS, FINDINGS, COULD_NOT_JUDGE = 0, 1, 2
"""Exit statuses of every gate's command, and of all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer."""

    outcomes: tuple[Outcome, ...]
    complaints: tuple[str, ...]
    """What is wrong with the waivers themselves: expired, ownerless, matching nothing."""
    wall_s: float
    sum_s: float
    """How long the gates took together; beside `wall_s` it tells what running at once is worth."""
    commit: str
    made: datetime
    notes: tuple[str, ...] = ()
    """What nobody may overlook, for example which data stood in for the current ones."""

    @property
    def exit_status(self) -> int:
        """`COULD_NOT_JUDGE` outweighs `FINDINGS`: what was not looked at may be worse.

        A verdict about nothing is none, and so is an outcome that contradicts itself.
        """
        return _exit_status(self.outcomes, self.complaints)

    @property
    def words(self) -> str:
        """The answer in words."""
        return ("pass", "findings", "could not judge")[self.exit_status]

    def as_dict(self) -> dict[str, Any]:
        """Write it as `verdict.json`; `made` is RFC 3339."""
        return {
            "exit_status": self.exit_status,
            "commit": self.commit,
            "made": self.made.isoformat(),
            "wall_s": round(self.wall_s, 3),
            "sum_s": round(self.sum_s, 3),
            "notes": list(self.notes),
            "complaints": list(self.complaints),
            "outcomes": [outcome.as_dict() for outcome in self.outcomes],
        }


def _exit_status(outcomes: tuple[Outcome, ...], complaints: tuple[str, ...]) -> int:
    # No property: `make mutate-code` breaks functions alone.
    if not outcomes or not all(_is_sound(outcome) for outcome in outcomes):
        return COULD_NOT_JUDGE
    if complaints or any(outcome.open for outcome in outcomes):
        return FINDINGS
    return PASS


def _is_sound(outcome: Outcome) -> bool:
    """Tell whether an outcome judges, and its findings say the same as its status."""
    match outcome.status:
        case Status.FOUND:
            return bool(outcome.open)
        case Status.PASSED:
            return not outcome.open and outcome.scanned > 0
        case Status.UNTOUCHED:
            return not outcome.findings
        case _:
            return False
