"""More traffic, wait, or back: a pure function of figures, objectives and time; no I/O here.

What speaks against more traffic is a finding. The worst finding decides, so one more of them, or a
graver one, never makes the verdict milder. Only a candidate without any finding is promoted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from deploy.canary.metrics import Count, Metrics
from deploy.canary.objectives import Objective, Policy
from deploy.canary.pace import WHOLE, Pace, Step
from deploy.canary.plausibility import impossible

FEWEST_BAD = 3
"""One or two unlucky requests roll nothing back; they keep it from going on."""
ALIKE = 2.0
"""So many times the stable revision's share is still the same trouble."""
WORSE = 0.5
"""Part of the budget that a candidate may use up more than the stable revision does."""


class Verdict(IntEnum):
    """What to do, the mildest first."""

    PROMOTE = 0
    WAIT = 1
    ROLLBACK = 2


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, and why, for a person."""

    verdict: Verdict
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.verdict.name}: {'; '.join(self.reasons)}"


Finding = tuple[Verdict, str]


def decide(
    candidate: Metrics | None, stable: Metrics | None, step: Step, now: datetime, policy: Policy
) -> Decision:
    """Judge a step.

    Args:
        candidate: what the new revision did; None if nothing is known of it.
        stable: the same of the one that served before. At 100 % it has no traffic and no say.
        step: what the candidate has, and since when.
        now: with a time zone, as all times.
        policy: what the service promises, how fresh a window must be, and when patience ends.
    """
    if wrong := impossible(candidate, stable, step, now, policy):
        return Decision(Verdict.ROLLBACK, tuple(f"cannot be true: {each}" for each in wrong))
    compared = {"candidate": candidate}
    if step.percent < WHOLE:
        compared["stable revision"] = stable
    findings = [
        *_about_time(candidate, step, now, policy.pace),
        *(each for who, what in compared.items() for each in _about_data(who, what, policy)),
        *_about_objectives(candidate, compared.get("stable revision"), policy),
    ]
    if not findings:
        return Decision(Verdict.PROMOTE, ("every objective is met, and on enough figures",))
    worst = max(verdict for verdict, _ in findings)
    reasons = tuple(reason for verdict, reason in findings if verdict == worst)
    if worst is Verdict.WAIT and now - step.began >= policy.pace.limit:
        return Decision(Verdict.ROLLBACK, (f"no promotion within {policy.pace.limit}", *reasons))
    return Decision(worst, reasons)


def _about_time(
    candidate: Metrics | None, step: Step, now: datetime, pace: Pace
) -> Iterator[Finding]:
    if candidate is None:
        return
    window = candidate.window
    if window.start < step.began:
        yield Verdict.WAIT, "the window begins before the step"
    if window.length < pace.window:
        yield Verdict.WAIT, f"the window has {window.length} of {pace.window}"
    if now - window.end < pace.settle:
        yield Verdict.WAIT, f"figures of the last {pace.settle} still change"
    if now - window.end > pace.stale:
        yield Verdict.WAIT, f"the window ended {now - window.end} ago, which is too long"


def _about_data(who: str, metrics: Metrics | None, policy: Policy) -> Iterator[Finding]:
    if metrics is None:
        yield Verdict.WAIT, f"no figures of the {who}"
        return
    if metrics.window.end - metrics.newest > policy.pace.period:
        yield Verdict.WAIT, f"the {who}'s newest figures are late"
    for name, objective in policy.objectives.items():
        count = metrics.counts.get(name)
        if count is None:
            yield Verdict.WAIT, f"no figures of the {who}'s {name}"
        elif count.total < objective.fewest:
            had = f"{count.total} of the {objective.fewest} that are needed"
            yield Verdict.WAIT, f"too few figures of the {who}'s {name}: {had}"


def _about_objectives(
    candidate: Metrics | None, stable: Metrics | None, policy: Policy
) -> Iterator[Finding]:
    for name, objective in policy.objectives.items():
        ours, theirs = _count(candidate, name), _count(stable, name)
        if ours and (finding := _judge(ours, theirs, objective)):
            verdict, words = finding
            said = f"{name}: {ours.bad} of {ours.total} bad ({_percent(ours)})"
            if theirs:
                said += f", stable {_percent(theirs)}"
            yield verdict, f"{said}; {words}"


def _judge(ours: Count, theirs: Count | None, objective: Objective) -> Finding | None:
    share = ours.bad / ours.total
    if share > objective.limit:
        if ours.bad < FEWEST_BAD:
            return Verdict.WAIT, f"fewer than {FEWEST_BAD} bad ones prove nothing"
        if theirs and _same_trouble(share, theirs):
            return Verdict.WAIT, "both revisions suffer alike, so it is not the candidate's alone"
        return Verdict.ROLLBACK, f"the limit is {objective.limit:.2%}"
    if share > objective.budget:
        return Verdict.WAIT, f"the objective allows {objective.budget:.2%}"
    if theirs:
        allowed = theirs.bad / theirs.total + WORSE * objective.budget
        if share > allowed:
            return Verdict.WAIT, "within the objective, and clearly worse than the stable revision"
    return None


def _same_trouble(share: float, theirs: Count) -> bool:
    """Tell whether the stable revision suffers about as much, on more than an unlucky request."""
    return theirs.bad >= FEWEST_BAD and share <= ALIKE * theirs.bad / theirs.total


def _count(metrics: Metrics | None, name: str) -> Count | None:
    """Find a count of something, or None."""
    count = metrics.counts.get(name) if metrics else None
    return count if count and count.total else None


def _percent(count: Count) -> str:
    return f"{count.bad / count.total:.2%}"
