"""What a campaign found: the file that README's figure comes from, and its judgement."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from mutation.controls.campaign import Fate
from mutation.controls.operators import Mutant

WANTED = 0.95
SMALLEST = 150
"""A report of fewer mutants would say little about the controls."""


@dataclass(frozen=True, slots=True)
class Report:
    """Mutants with their fates, and the survivors that were argued for."""

    mutants: list[Mutant]
    fates: list[Fate]
    argued: dict[str, str]
    total: int
    """How many mutants there are: the campaign may be about a sample of them."""

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(bool(fate.killed_by) for fate in self.fates)

    def complaints(self) -> list[str]:
        """Say what stands against the controls, or against the campaign itself."""
        alive = {fate.id for fate in self.fates if not fate.killed_by}
        found = [f"{fate.id}: {fate.trouble}" for fate in self.fates if fate.trouble]
        found += [f"survives: {name}" for name in sorted(alive - self.argued.keys())]
        argued = self.argued.keys() & {fate.id for fate in self.fates}
        found += [f"argued for, but killed: {name}" for name in sorted(argued - alive)]
        if not self.fates:
            found.append("no mutant was made, so nothing was proven")
        if len(self.fates) == self.total < SMALLEST:
            found.append(f"there are {self.total} mutants; at least {SMALLEST} are wanted")
        if self.killed < WANTED * len(self.fates):
            found.append(f"{self.killed} of {len(self.fates)} killed; {WANTED:.0%} are wanted")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Write it for `json.dumps`, without anything that differs from run to run."""
        killers = Counter(fate.killed_by for fate in self.fates if fate.killed_by)
        rows = zip(self.mutants, self.fates, strict=True)
        return {
            "mutants": len(self.fates),
            "of": self.total,
            "killed": self.killed,
            "controls": len({mutant.control for mutant in self.mutants}),
            "killed_by": dict(sorted(killers.items())),
            "survivors": [
                {
                    "id": fate.id,
                    "line": mutant.line,
                    "before": mutant.before,
                    "after": mutant.after,
                    "reason": self.argued.get(fate.id, ""),
                }
                for mutant, fate in rows
                if not fate.killed_by
            ],
            "fates": {fate.id: fate.killed_by for fate in self.fates},
        }
