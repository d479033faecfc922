"""What a reader is given, and what it gives back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gates.finding import Finding


class ReportError(Exception):
    """What a tool printed is not what it prints when it has judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A tool that came to its end."""

    gate: str
    root: Path
    files: Sequence[str]
    """What it was to look at, relative to `root`."""
    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Read its standard output as JSON."""
        try:
            return json.loads(self.out)
        except ValueError as exc:
            raise ReportError(f"it printed no JSON ({exc})") from None

    def items(self) -> list[Any]:
        """Read its standard output as a JSON list, which is empty where it found nothing."""
        answer = self.json()
        if not isinstance(answer, list):
            raise ReportError("its JSON is no list")
        return answer

    def relative(self, path: str) -> str:
        """Name a file as the project does; a tool may say `/root/x` or `./x`."""
        pure = PurePosixPath(path)
        if pure.is_absolute() and pure.is_relative_to(self.root.as_posix()):
            pure = pure.relative_to(self.root.as_posix())
        return pure.as_posix()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the tool found, and the evidence that it looked."""

    findings: Sequence[Finding] = ()
    scanned: int
    """How many things it says it looked at, in the unit that the gate declares."""
    notes: Sequence[str] = ()


def seen(ended: Ended, named: Iterable[str]) -> int:
    """Count the files that the tool says it looked at, of those it was given."""
    return len({ended.relative(path) for path in named} & set(ended.files))
