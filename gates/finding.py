"""What a gate found: one shape for every tool."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad it is, in the words of SARIF 2.1.0 (section 3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason not to pass. It never holds a secret, only where one is."""

    gate: str
    rule: str
    level: Level
    path: str = ""
    """POSIX, relative to the project; empty where there is none. It may come from a stranger."""
    line: int = 0
    """Counted from 1; 0 where it is unknown."""
    message: str
    fix: str = ""
    """What to do: a sentence or a URL."""
    waived: str = ""
    """Why and until when, if a waiver covers it."""

    @property
    def place(self) -> str:
        """Where it is, for a reader: `path:line`, or what is known of it."""
        return f"{self.path}:{self.line}" if self.line else self.path

    def as_dict(self) -> dict[str, Any]:
        """Write it as in `verdict.json`; its gate is named around it."""
        return {
            "rule": self.rule,
            "level": self.level.value,
            "path": self.path,
            "line": self.line,
            "message": self.message,
            "fix": self.fix,
            "waived": self.waived,
        }
