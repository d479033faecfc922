"""The faults that are planted, one a tree, and what hosted actions would say of them."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

PATH = Path(__file__).with_name("faults.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One change of one file, and the job that must turn red."""

    about: str
    job: str
    result: str = "failure"
    """What the job comes to."""
    says: str = ""
    """What its log must hold: a job may be red for another reason."""
    path: str
    old: str = ""
    """What stands there once; empty for a new file."""
    new: str
    environment: dict[str, str] = field(default_factory=dict)
    """What the stand-ins are told that the hosted service finds."""
    event: str = "pull_request"


def read() -> dict[str, Fault]:
    """Read all faults by name."""
    tables = tomllib.loads(PATH.read_text("utf-8"))
    return {name: Fault(**table) for name, table in tables.items()}
