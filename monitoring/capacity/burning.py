"""When somebody is called for a promise, and what is left of its budget."""

import numpy as np

from monitoring.capacity.delivery import STEP_S, Counts, Mask
from monitoring.durations import MONTH_S, seconds
from monitoring.objectives import BurnWindow, Objective, Promises

MINUTE = 60 // STEP_S
"""Steps of a minute: alerts are evaluated once in each."""


def calls(
    promises: Promises, objective: Objective, severity: str, bad: Counts, total: Counts
) -> list[int]:
    """Say when somebody is called: seconds since the beginning, once for each incident.

    Args:
        promises: the burn rates and their windows.
        objective: whose budget burns.
        severity: `page` or `ticket`.
        bad: in each step, what missed the promise, as far as the metrics see it.
        total: in each step, what there was.
    """
    sums = _by_minute(bad), _by_minute(total)
    firing = np.zeros(len(sums[0]) - 1, dtype=np.bool_)
    for window in promises.windows:
        if window.severity == severity:
            firing |= _fires(window, float(objective.budget), promises.fewest_bad, *sums)
    begun = np.flatnonzero(firing & ~np.append(np.False_, firing[:-1]))
    return [(int(minute) + 1) * 60 for minute in begun]


def budget_left(objective: Objective, bad: Counts, total: Counts) -> float:
    """Give what is left of the worst month's budget: 1 is all of it, below 0 is overspent."""
    steps = MONTH_S // STEP_S
    left = [1.0]
    for at in range(0, len(bad), steps):
        allowed = float(total[at : at + steps].sum()) * float(objective.budget)
        if allowed:
            left.append(1 - float(bad[at : at + steps].sum()) / allowed)
    return min(left)


def _fires(window: BurnWindow, budget: float, fewest_bad: int, bad: Counts, total: Counts) -> Mask:
    limit = float(window.burn) * budget
    firing: Mask = _within(bad, window.long) >= fewest_bad
    for length in (window.long, window.short):
        firing &= _within(bad, length) > limit * _within(total, length)
    return firing


def _by_minute(counts: Counts) -> Counts:
    """Sum up from the beginning to the end of each minute, with a 0 in front."""
    whole = counts[: len(counts) - len(counts) % MINUTE].reshape(-1, MINUTE)
    return np.concatenate(([0], np.cumsum(whole.sum(axis=1))))


def _within(sums: Counts, length: str) -> Counts:
    """Sum up the window that ends with each minute; before the beginning there was nothing."""
    ends = np.arange(1, len(sums))
    begins = np.maximum(ends - int(seconds(length) // 60), 0)
    within: Counts = sums[ends] - sums[begins]
    return within
