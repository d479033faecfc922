"""A model of Pub/Sub's pushes, in steps: what is stored, what waits, what becomes a dead letter.

It is a model, and this is what it leaves out or makes worse than it is:

- A message that fails waits 10 s, then 20 s, up to 600 s; Pub/Sub adds jitter, the model none.
- Google documents the push window's form (a few requests at first, growing with each success,
  without a bound where nearly all succeed within a second), and not its speed. Here it doubles
  once a step, and once a step is the slowest that can be meant.
- While the function fails, each message that is due is tried, whatever the window: so each has the
  longest pause that it can have when the outage ends.
- Instances are there within the step that needs them.
- Messages that find no free instance wait for one, and that is no attempt: the window lets no more
  requests wait at the function than it answers within its deadline.

Source: https://docs.cloud.google.com/pubsub/docs/push#push-delivery-rate and
https://docs.cloud.google.com/pubsub/docs/handling-failures
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
"""One whole number for each step."""
Mask = npt.NDArray[np.bool_]
"""Whether something holds, for each step."""

STEP_S = 10
"""The length of a step. Pub/Sub's shortest pause is as long."""
FIRST_WINDOW = 5
"""Requests at a time after a failure: documented as "a small single-digit window size"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the function and its subscription allow."""

    rows_per_step: int
    """What all instances together store in a step."""
    push_s: float
    """How long a push takes while all is well."""
    late_after_s: float
    minimum_backoff_s: float
    maximum_backoff_s: float
    max_attempts: int
    full_window: int
    """Requests at a time from which on the window is no limit of ours: it grows as long as answers
    are good."""

    def pause_steps(self, failures: int) -> int:
        """Say after how many steps a message is tried again that failed so many times."""
        pause_s = min(self.minimum_backoff_s * 2.0 ** (failures - 1), self.maximum_backoff_s)
        return max(1, -int(-pause_s // STEP_S))


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of the messages, step by step."""

    published: Counts
    stored: Counts
    late: Counts
    """Of those stored, how many took longer than promised."""
    dead: Counts
    backlog: Counts
    """Not stored and not dead at the end of the step."""
    oldest_s: Counts
    """The age of the oldest of them."""


@dataclass(slots=True)
class _Cohort:
    """Messages of one step that have failed equally often."""

    published: int
    failures: int
    count: int


@dataclass(slots=True)
class _Backlog:
    """What was published and is neither stored nor dead."""

    size: int = 0
    _ready: "deque[_Cohort]" = field(default_factory=deque)
    _waiting: dict[int, list[_Cohort]] = field(default_factory=dict)
    _left: dict[int, int] = field(default_factory=dict)
    _steps: "deque[int]" = field(default_factory=deque)
    """When what is left was published, the oldest first."""

    def enter(self, step: int, published: int) -> None:
        """Let a step begin: what has paused is due, and new messages come."""
        self._ready.extend(self._waiting.pop(step, ()))
        if published:
            self._ready.append(_Cohort(step, 0, published))
            self._left[step] = published
            self._steps.append(step)
            self.size += published

    def fail(self, step: int, limits: Limits) -> int:
        """Try all that is due, in vain; give how many became dead letters."""
        dead = 0
        for cohort in self._ready:
            cohort.failures += 1
            if cohort.failures >= limits.max_attempts:
                dead += cohort.count
                self._remove(cohort.published, cohort.count)
            else:
                due = step + limits.pause_steps(cohort.failures)
                self._waiting.setdefault(due, []).append(cohort)
        self._ready.clear()
        return dead

    def deliver(self, step: int, room: int, limits: Limits) -> tuple[int, int]:
        """Store what is due, as far as there is room; give how many, and how many of them late."""
        stored = late = 0
        while self._ready and stored < room:
            cohort = self._ready[0]
            count = min(cohort.count, room - stored)
            stored += count
            if (step - cohort.published) * STEP_S + limits.push_s > limits.late_after_s:
                late += count
            self._remove(cohort.published, count)
            cohort.count -= count
            if not cohort.count:
                self._ready.popleft()
        return stored, late

    def oldest_s(self, step: int) -> int:
        """Say how long the oldest has waited."""
        while self._steps and not self._left[self._steps[0]]:
            del self._left[self._steps.popleft()]
        return (step + 1 - self._steps[0]) * STEP_S if self._steps else 0

    def _remove(self, published: int, count: int) -> None:
        self._left[published] -= count
        self.size -= count


def deliver(published: Counts, failing: Mask, limits: Limits) -> Course:
    """Run the model.

    Args:
        published: messages that arrive in each step.
        failing: steps in which every push fails.
        limits: see there.
    """
    room = np.minimum(limits.rows_per_step, _window(failing, limits))
    # Between two of these, all that arrives is stored in its own step.
    disturbed = np.append(np.flatnonzero(failing | (published > room)), len(published))
    stored, late, dead, waiting, oldest_s = (np.zeros_like(published) for _ in range(5))
    backlog = _Backlog()
    step = 0
    while step < len(published):
        if not backlog.size:
            calm_until = int(disturbed[np.searchsorted(disturbed, step)])
            stored[step:calm_until] = published[step:calm_until]
            step = calm_until
            if step == len(published):
                break
        backlog.enter(step, int(published[step]))
        if failing[step]:
            dead[step] = backlog.fail(step, limits)
        else:
            stored[step], late[step] = backlog.deliver(step, int(room[step]), limits)
        waiting[step], oldest_s[step] = backlog.size, backlog.oldest_s(step)
        step += 1
    return Course(
        published=published, stored=stored, late=late, dead=dead, backlog=waiting, oldest_s=oldest_s
    )


def _window(failing: Mask, limits: Limits) -> Counts:
    """Say how many messages the push window lets through in each step."""
    allowed = np.full(len(failing), np.iinfo(np.int64).max)
    ends = np.flatnonzero(failing[:-1] & ~failing[1:]) + 1
    for end in ends:
        window, step = FIRST_WINDOW, int(end)
        while window < limits.full_window and step < len(failing) and not failing[step]:
            allowed[step] = int(window * STEP_S / limits.push_s)
            window, step = window * 2, step + 1
    return allowed
