"""What a lock of requirements names for this Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gates.locks import REST
from gates.trivy.report import GateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One line of a lock."""

    name: str
    """As PEP 503 writes it."""
    version: str
    path: str
    line: int
    is_ours: bool
    """Whether its marker speaks of this Python and machine."""


def read(path: Path, name: str) -> Iterator[Locked]:
    """Read a lock; `name` is how the findings call it.

    Raises:
        GateError: it is unreadable, or a line of it pins nothing.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as exc:
        raise GateError(f"{name} cannot be read ({exc}); make lock writes it") from exc
    for number, line in enumerate(text.splitlines(), 1):
        if not REST.fullmatch(line):
            yield _locked(line.strip(), name, number)


def _locked(line: str, path: str, number: int) -> Locked:
    try:
        wanted = Requirement(line.split("--hash", 1)[0].rstrip("\\ \t"))
        (version,) = [each.version for each in wanted.specifier if each.operator == "=="]
    except (InvalidRequirement, ValueError) as exc:
        raise GateError(f"{path}:{number} pins no version ({exc}); make lock writes it") from exc
    return Locked(
        name=canonicalize_name(wanted.name),
        version=version,
        path=path,
        line=number,
        is_ours=wanted.marker is None or wanted.marker.evaluate(),
    )
