"""What arrives, and what goes wrong meanwhile: the scenarios."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from monitoring.capacity.delivery import STEP_S, Counts, Mask

BASE_MESSAGES_PER_S = 10.0
BASE_READS_PER_S = 0.1
"""The load that everything is told in multiples of: the mean of a week."""
DAYS = 90
DAY_STEPS = 86400 // STEP_S
SWING = 0.6
"""How far the day's load swings around its mean, highest at three in the afternoon."""
WEEKEND, WEEKDAY = 0.5, 1.2
"""Two days and five: their mean is 1."""
SATURDAY = 5
PEAK = (1 + SWING) * WEEKDAY
"""The highest mean load of a week, in multiples of the week's."""
BATCH_AT_S = 3 * 3600
BATCH_STEPS = 60 // STEP_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Months of traffic, and at most one thing that goes wrong."""

    name: str
    messages: float = 1.0
    reads: float = 1.0
    """In multiples of the base load."""
    batch: int = 0
    """Messages that one publisher sends each night within a minute."""
    outage: Literal["bigquery", "region"] | None = None
    """BigQuery answers nothing, or requests reach no service of the region."""
    outage_s: int = 0
    outage_at_s: int = 9 * 86400 + 14 * 3600
    """A Wednesday, near the day's peak."""

    def published(self, steps: int, seed: int) -> Counts:
        """Give the messages of each step."""
        counts = _arrivals(self.messages * BASE_MESSAGES_PER_S, steps, [seed, 0])
        for at in range(BATCH_AT_S // STEP_S, steps, DAY_STEPS):
            counts[at : at + BATCH_STEPS] += self.batch // BATCH_STEPS
        return counts

    def asked(self, steps: int, seed: int) -> Counts:
        """Give the reads of each step."""
        return _arrivals(self.reads * BASE_READS_PER_S, steps, [seed, 1])

    def failing(self, steps: int) -> Mask:
        """Say in which steps pushes and reads fail."""
        mask = np.zeros(steps, dtype=np.bool_)
        begin = self.outage_at_s // STEP_S
        mask[begin : begin + self.outage_s // STEP_S] = self.outage is not None
        return mask


SCENARIOS = (
    Scenario(name="nothing happens"),
    Scenario(name="300,000 messages in a minute, each night", batch=300_000),
    Scenario(name="a million messages in a minute, each night", batch=1_000_000),
    Scenario(name="BigQuery fails for 10 minutes", outage="bigquery", outage_s=600),
    Scenario(
        name="BigQuery fails for 10 minutes, 200 times the messages",
        messages=200,
        outage="bigquery",
        outage_s=600,
    ),
    Scenario(name="the region fails for an hour", outage="region", outage_s=3600),
    Scenario(name="BigQuery fails for 3 hours", outage="bigquery", outage_s=3 * 3600),
    Scenario(name="350 times the messages", messages=350),
    Scenario(name="600 times the reads", reads=600),
)


def _arrivals(mean_per_s: float, steps: int, seed: list[int]) -> Counts:
    """Draw what arrives in each step, around the day's and the week's course."""
    expected = mean_per_s * STEP_S * _course(steps)
    return np.random.default_rng(seed).poisson(expected).astype(np.int64)


def _course(steps: int) -> npt.NDArray[np.float64]:
    """Give the load of each step in multiples of the week's mean; step 0 is a Monday's midnight."""
    step = np.arange(steps)
    day = 1 + SWING * np.sin(2 * np.pi * (step / DAY_STEPS - 9 / 24))
    weekend = (step // DAY_STEPS) % 7 >= SATURDAY
    return day * np.where(weekend, WEEKEND, WEEKDAY)
