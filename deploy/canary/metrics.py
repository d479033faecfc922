"""What one revision did in one window of time; plain figures, which nobody has checked yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class SourceError(Exception):
    """The figures could not be read, or are not what the source's documentation promises."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, from `start` to `end`, both with a time zone."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Count:
    """How much was observed, and how much of it missed the objective."""

    total: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What a revision did within `window`."""

    window: Window
    newest: datetime
    """Where the newest figure ends. What came after it is not known yet, and not zero."""
    counts: Mapping[str, Count]
    """By the objective's name. An objective without any figure is absent."""


class Source(Protocol):
    """Where the figures come from: Cloud Monitoring, or what has its shape."""

    def read(self, revision: str, window: Window) -> Metrics | None:
        """Tell what a revision did; None if there is no figure at all.

        Raises:
            SourceError: they could not be read.
        """
