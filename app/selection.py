"""Which rows a caller asks for, as a type that is valid by construction."""

from dataclasses import dataclass
from datetime import datetime

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the rows have in common, exactly as the caller said it."""

    equals: tuple[tuple[str, Value], ...] = ()
    """Payload columns and the values they must have, in the contract's order."""
    since: datetime | None = None
    """The earliest publish time, inclusive."""
    until: datetime | None = None
    """The latest publish time, exclusive."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after this row of a scan whose bounds do not move any more."""

    since: datetime
    until: datetime
    publish_time: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Selection:
    """One page of rows, newest first."""

    filter: Filter
    limit: int
    after: Position | None = None
    smoke: bool = False
    """Whether it is about what smoke tests published, and nothing else."""
