"""Finds a gate's program, and refuses one that is not of the pinned version."""

import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from gates.declaration import HOME, Gate
from gates.outcome import BrokenError
from rehearsal import executable
from rehearsal.errors import RehearsalError
from toolchain.install import find, pins


@dataclass(frozen=True, slots=True)
class Tool:
    """What a gate runs."""

    program: Path
    version: str
    folder: Path
    """Of the programs of its virtual environment."""


def tool(gate: Gate) -> Tool:
    """Find what a gate runs.

    Raises:
        BrokenError: it is missing, or of another version than the lock's.
    """
    folder = environment(gate.environment) / "bin"
    package = _package(gate) if gate.package else ""
    needed = {name: _needed(name) for name in gate.needs}
    name = gate.command[0]
    own = Path(sys.executable) if name == "python" else folder / name
    program, version = needed.get(name, (own, package))
    if not os.access(program, os.X_OK):
        raise BrokenError(f"{name} is missing: make setup-gates")
    return Tool(program, version or ", ".join(each[1] for each in needed.values()), folder)


def environment(name: str) -> Path:
    """Locate a virtual environment: the one we run in, or that of the scanners."""
    if name == "dev":
        return Path(sys.prefix)
    return HOME / os.environ.get("GATES_VENV", ".venv-gates")


def _package(gate: Gate) -> str:
    """Compare what is installed with the lock; no tool is asked, since some take seconds."""
    there = _installed(environment(gate.environment)).get(gate.package)
    lock = f"requirements/{gate.environment}.txt"
    locked = _locked(HOME / lock).get(gate.package)
    if locked is None:
        raise BrokenError(f"{lock} does not pin {gate.package}: make lock")
    if there is None:
        raise BrokenError(f"{gate.package} is missing: make setup-gates")
    if there != locked:
        raise BrokenError(
            f"{gate.package} is {there}, and {lock} pins {locked}: make clean setup-gates"
        )
    return there


def _needed(name: str) -> tuple[Path, str]:
    """Find a program that is not Python's, and its version."""
    if name == "terraform":
        try:
            program = executable.find()
        except RehearsalError as exc:
            raise BrokenError(str(exc)) from None
        return Path(program.path), program.version
    path = find(name)
    if path is None:
        raise BrokenError(f"{name} {pins()[name].version} is missing: make setup-gates")
    return path, pins()[name].version


@cache
def _installed(prefix: Path) -> dict[str, str]:
    places = [str(path) for path in prefix.glob("lib/python3*/site-packages")]
    return {_normal(each.name): each.version for each in distributions(path=places)}


@cache
def _locked(path: Path) -> dict[str, str]:
    text = path.read_text("utf-8") if path.is_file() else ""
    found = re.findall(r"^([\w.-]+)(?:\[\S+\])?==([^\s;\\]+)", text, re.MULTILINE)
    return {_normal(name): version for name, version in found}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
