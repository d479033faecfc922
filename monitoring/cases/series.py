"""Time series to try a rule on: samples of metrics, and what must not be mistaken for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

Samples = Sequence[float | None]
"""One value a step, from the start on; None is a sample that never came."""

CHOSEN_BY = ("monitored_resource", "service_name", "subscription_id", "check_id")
"""Labels that say whose series it is; a class of answers or a place divides what is ours."""


@dataclass(frozen=True, slots=True)
class Series:
    """One metric's samples for one set of labels."""

    metric: str
    labels: Mapping[str, str]
    samples: Samples
    loud: float
    """What somebody else's series of this metric does in each step: enough to drown ours."""
    counts: bool = True
    """A counter grows; a gauge is what it is."""

    def promtool(self) -> dict[str, str]:
        """Write it as one of promtool's `input_series`."""
        labels = ",".join(f'{name}="{value}"' for name, value in sorted(self.labels.items()))
        values = " ".join("_" if sample is None else f"{sample!r}" for sample in self.samples)
        return {"series": f"{self.metric}{{{labels}}}", "values": values}

    def with_others(self) -> Iterator["Series"]:
        """Add series of everybody else, which no rule may read: one label away from ours.

        A counter of ours comes in two halves, as two revisions of a service would write it.
        """
        if self.counts:
            half: Samples = [None if sample is None else sample / 2 for sample in self.samples]
            for revision in ("a", "b"):
                yield replace(self, labels={**self.labels, "revision_name": revision}, samples=half)
        else:
            yield self
        steps = range(len(self.samples))
        others: Samples = [self.loud * step if self.counts else self.loud for step in steps]
        for label in CHOSEN_BY:
            if label in self.labels:
                yield replace(self, labels={**self.labels, label: "other"}, samples=others)


def counter(*phases: tuple[float, int]) -> Samples:
    """Count up from 0: so much in each step, for so many steps, one phase after the other."""
    samples: list[float] = [0]
    total = 0.0
    for each, steps in phases:
        for _ in range(steps):
            total += each
            samples.append(total)
    return samples


def gauge(*phases: tuple[float, int]) -> Samples:
    """Be a value for so many steps, one phase after the other, and the last one once more."""
    return [value for value, steps in phases for _ in range(steps)] + [phases[-1][0]]


def restarted(samples: Samples, at: int) -> Samples:
    """Begin to count from 0 again before the step `at`, as a counter does that was lost."""
    base = samples[at - 1] or 0
    return [
        value if step < at or value is None else value - base for step, value in enumerate(samples)
    ]


def missing(samples: Samples, steps: range) -> Samples:
    """Leave out the samples of these steps."""
    return [None if step in steps else value for step, value in enumerate(samples)]
