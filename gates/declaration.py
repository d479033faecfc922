"""Reads `gates.toml`: which gates there are, and what each may answer."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gates.finding import Level
from gates.outcome import BrokenError
from gates.readers import READERS

HOME = Path(__file__).parent.parent
"""The project that the running code belongs to: its configuration judges, its locks pin."""
PATH = HOME / "gates" / "gates.toml"
DATA = "{data}"
"""Where in a command the arguments of `offline` go."""
SOFT = ("--exit-zero", "--soft-fail", "--no-fail", "--no-exit-codes", "--exit-code=0")
"""Arguments, or how they begin, that let a tool find something and say that all is well."""
LEVELS = tuple(Level)

Text = Field(min_length=1)


class Gate(BaseModel):
    """One table of `gates.toml`; the comment at its top says what each key means."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    about: str = Text
    command: list[str] = Field(min_length=1)
    reads: list[str] = Field(min_length=1)
    interpreters: list[str] = []
    heeds: list[str] = []
    report: str = Text
    finds: list[int] = Field(min_length=1)
    threshold: Literal["error", "warning", "note"] = "note"
    environment: Literal["dev", "gates"] = "dev"
    package: str = ""
    needs: list[str] = []
    offline: list[str] = []
    variables: dict[str, str] = {}
    staged: bool = False
    given: Literal["", "image"] = ""
    unit: str = "files"
    timeout_s: int = Field(default=300, gt=0)
    hint: str = "run it alone and read what it says"

    @model_validator(mode="after")
    def _must_be_able_to_fail(self) -> Self:
        if 0 in self.finds:
            raise ValueError("0 is how a tool passes; it cannot mean findings")
        arguments = (*self.command, *self.offline)
        if soft := [each for each in arguments if each.startswith(SOFT)]:
            raise ValueError(f"{soft[0]} lets it pass whatever it finds")
        if bool(self.offline) != (DATA in self.command):
            raise ValueError(f"offline says what {DATA} in its command is; they go together")
        if self.report not in READERS:
            raise ValueError(f"no reader is called {self.report}; there are {', '.join(READERS)}")
        if not (self.package or self.needs or self.command[0] == "python"):
            raise ValueError("name its package or what it needs, so that its version is pinned")
        return self

    @property
    def needs_advisories(self) -> bool:
        """Whether it asks for data from outside."""
        return bool(self.offline)

    def counts(self, level: Level) -> bool:
        """Tell whether a finding of this level is above the threshold."""
        return LEVELS.index(level) <= LEVELS.index(Level(self.threshold))


def read(path: Path = PATH) -> dict[str, Gate]:
    """Read all gates, longest first as they are written.

    Raises:
        BrokenError: names all that is wrong at once.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise BrokenError(f"{path.name} cannot be read: {exc}") from None
    gates, wrong = {}, []
    for name, table in tables.items():
        try:
            gates[name] = _gate(name, table)
        except ValidationError as exc:
            wrong += [f"{name}: {complaint(each)}" for each in exc.errors()]
    if wrong or not gates:
        raise BrokenError(f"mend {path.name}: {'; '.join(wrong) or 'it declares no gate'}")
    return gates


def complaint(error: Mapping[str, Any]) -> str:
    """Say in one line what pydantic says of one key."""
    return f"{'.'.join(map(str, error['loc'])) or 'it'}: {error['msg']}"


def _gate(name: str, table: Any) -> Gate:
    return Gate.model_validate({"name": name, **table} if isinstance(table, dict) else table)
