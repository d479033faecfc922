"""A step of the rollout, and how long things take in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.canary.metrics import Window

WHOLE = 100
"""Per cent: then the stable revision has no traffic, and nothing to be compared with."""


@dataclass(frozen=True, slots=True)
class Step:
    """The candidate has so many per cent of the traffic, since `began`."""

    percent: int
    began: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things take; the defaults are Cloud Monitoring's.

    Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run: sampled each 60 s, and
    up to 120 s until a figure is seen; what comes from logs takes up to 4 min.
    """

    period: timedelta = timedelta(minutes=1)
    """A figure covers so much. The last one of a window may be missing: perhaps nobody asked."""
    settle: timedelta = timedelta(minutes=4)
    """Younger figures still change."""
    window: timedelta = timedelta(minutes=5)
    """The least that a promotion looks at."""
    stale: timedelta = timedelta(minutes=10)
    """A window that ended longer ago says nothing about now."""
    limit: timedelta = timedelta(minutes=30)
    """A step that is not done by then is rolled back."""
    pause: timedelta = timedelta(seconds=30)
    """From one look to the next."""

    def __post_init__(self) -> None:
        if min(self.period, self.settle, self.pause) <= timedelta(0):
            raise ValueError("period, settle and pause must be longer than nothing")
        if not self.period <= self.window or not self.settle < self.stale:
            raise ValueError("a window holds a period at least, and settles before it is stale")
        if self.settle + self.window >= self.limit:
            raise ValueError("no step could be promoted within its limit: make that longer")

    def window_at(self, step: Step, now: datetime) -> Window | None:
        """Choose the newest settled figures of a step, or None while there are none.

        It grows with the step until it has its whole length: so what is bad is seen at once.
        """
        end = now - self.settle
        periods = min(end - step.began, self.window) // self.period
        return Window(end - periods * self.period, end) if periods > 0 else None
