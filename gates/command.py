"""The arguments of a gate's command, its places filled in."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gates import tree
from gates.declaration import DATA, HOME, Gate
from gates.tools import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged, and with which data."""

    root: Path
    image: Path | None = None
    """An OCI archive."""
    advisories: Path | None = None
    """A local set; None for the current advisories of the services outside."""


def arguments(gate: Gate, used: Tool, files: Sequence[str], subject: Subject) -> Iterator[str]:
    """Fill in the places of a command; `{files}` stands for one argument a file."""
    places = {
        "{advisories}": lambda: str(subject.advisories),
        "{bin}": lambda: str(used.folder),
        "{git}": lambda: tree.history(subject.root),
        "{home}": lambda: str(HOME),
        "{image}": lambda: str(subject.image),
        "{root}": lambda: str(subject.root),
    }
    # No name is taken for an option, whatever a pull request calls its files.
    several = {
        "{files}": [f"./{path}" if path.startswith("-") else path for path in files],
        DATA: gate.offline if subject.advisories else [],
    }
    for argument in gate.command[1:]:
        for each in several.get(argument, [argument]):
            yield each if argument == "{files}" else _filled(each, places)


def _filled(argument: str, places: Mapping[str, Callable[[], str]]) -> str:
    def fill(match: re.Match[str]) -> str:
        return places[match[0]]() if match[0] in places else match[0]

    return re.sub(r"\{\w+\}", fill, argument)
