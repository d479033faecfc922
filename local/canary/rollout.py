"""One candidate on its way through the steps, to all of the traffic or back to none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from deploy.canary.decision import Decision, Verdict
from deploy.canary.metrics import Source
from deploy.canary.objectives import Policy
from deploy.canary.pace import Step
from deploy.canary.watch import Watch, until_decided
from local.canary.fleet import Fleet

STEPS = (5, 25, 50, 100)


@dataclass(frozen=True, slots=True)
class StepTaken:
    """What became of a step."""

    percent: int
    began: datetime
    decided: datetime
    decision: Decision
    divided: Mapping[str, int]
    """Callers' requests by revision, those at the tag's address left out."""

    def share(self, revision: str) -> float:
        """Per cent of the callers' requests that a revision got."""
        return 100 * self.divided.get(revision, 0) / max(1, sum(self.divided.values()))


@dataclass(slots=True)
class Rollout:
    """What became of a candidate."""

    candidate: str
    stable: str
    began: datetime
    ended: datetime
    steps: list[StepTaken] = field(default_factory=list)
    rollback_s: float | None = None
    """From the candidate's first share to the moment at which the door sent it nothing more."""

    @property
    def verdict(self) -> Verdict:
        """The last one."""
        return self.steps[-1].decision.verdict


def roll_out(
    fleet: Fleet, candidate: str, source: Source, policy: Policy, report: Callable[[str], None]
) -> Rollout:
    """Give a candidate more and more, as long as the decision is to promote it."""
    stable = fleet.serving
    watch = Watch(source=source, candidate=candidate, stable=stable, policy=policy)
    found = Rollout(candidate, stable, _now(), _now())
    for percent in STEPS:
        report(f"{candidate}: {percent} %")
        fleet.divide(candidate, percent)
        # From this answer on the door obeys it.
        before = fleet.status()["divided"]
        began = _now()
        decision = until_decided([watch], Step(percent, began), report=partial(_say, report))
        after = fleet.status()["divided"]
        gained = {name: after[name] - before.get(name, 0) for name in after}
        found.steps.append(StepTaken(percent, began, _now(), decision, gained))
        if decision.verdict is Verdict.ROLLBACK:
            fleet.divide(candidate, 0)
            fleet.status()
            found.rollback_s = (_now() - found.steps[0].began).total_seconds()
            break
    found.ended = _now()
    return found


def _say(report: Callable[[str], None], decision: Decision) -> None:
    report(str(decision))


def _now() -> datetime:
    return datetime.now(UTC)
