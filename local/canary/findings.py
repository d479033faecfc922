"""What the three runs showed, and what of it should not be; no I/O here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.canary.decision import Verdict
from deploy.canary.objectives import Policy
from local.canary.load import Answer, Load
from local.canary.rollout import Rollout
from local.canary.timeline import Tick

SLOW_S = 0.3
ENOUGH = 200
"""Callers' requests in a step from which on their division is judged."""
TOLERANCE = 2.0
"""Percentage points: a step neither begins nor ends with a whole hundred of requests."""


@dataclass(frozen=True, slots=True)
class Run:
    """One candidate, what had to become of it, and what did."""

    name: str
    wanted: Verdict
    rollout: Rollout
    ticks: Mapping[str, Sequence[Tick]]
    smoke: Load


@dataclass(frozen=True, slots=True)
class Callers:
    """What callers saw in some stretch of time."""

    requests: int
    failed: int
    slow: int
    lost: int


def seen(answers: Sequence[Answer]) -> Callers:
    """Count what callers saw."""
    return Callers(
        requests=len(answers),
        failed=sum(1 for each in answers if each.status is not None and each.status != 200),  # noqa: PLR2004 - of HTTP
        slow=sum(1 for each in answers if each.seconds >= SLOW_S),
        lost=sum(1 for each in answers if each.status is None),
    )


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it."""

    runs: Sequence[Run]
    load: Load
    divided: Mapping[str, int]
    """How many of the callers' requests the door sent to each revision, in all."""
    policy: Policy

    def during(self, run: Run) -> Callers:
        """Count what callers saw during one run."""
        start, end = run.rollout.began.timestamp(), run.rollout.ended.timestamp()
        return seen([each for each in self.load.answers if start <= each.at <= end])

    def all(self) -> Callers:
        """Count what callers and the smoke traffic saw, from start to stop."""
        smoke = (answer for run in self.runs for answer in run.smoke.answers)
        return seen([*self.load.answers, *smoke])

    def faults(self) -> list[str]:
        """Name what should not be. The demo fails if there is anything."""
        return [*self._losses(), *(fault for run in self.runs for fault in self._about(run))]

    def _losses(self) -> Iterator[str]:
        loads = {"callers": self.load, **{f"smoke of {run.name}": run.smoke for run in self.runs}}
        for who, load in loads.items():
            if lost := load.sent - len(load.answers) + seen(load.answers).lost:
                yield f"{who}: {lost} of {load.sent} requests lost"
            if odd := {each.status for each in load.answers if each.status not in {None, 200, 503}}:
                yield f"{who}: answered {', '.join(map(str, sorted(filter(None, odd))))}"
        if (arrived := sum(self.divided.values())) != self.load.sent:
            yield f"{self.load.sent} requests sent, {arrived} divided among the revisions"

    def _about(self, run: Run) -> Iterator[str]:
        rollout = run.rollout
        if rollout.verdict is not run.wanted:
            yield f"{run.name}: {rollout.verdict.name} and not {run.wanted.name}"
        for step in rollout.steps:
            share = step.share(rollout.candidate)
            if sum(step.divided.values()) >= ENOUGH and abs(share - step.percent) > TOLERANCE:
                yield f"{run.name}: {share:.1f} % of the requests at the step of {step.percent} %"
        if run.wanted is Verdict.PROMOTE and self.during(run).failed:
            yield f"{run.name}: callers saw errors of a revision that was to be promoted"
