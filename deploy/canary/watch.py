"""Looks at a step again and again until it is decided, for all services that take part in it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.canary.decision import Decision, Verdict, decide
from deploy.canary.metrics import Metrics, Source, SourceError, Window
from deploy.canary.objectives import Policy
from deploy.canary.pace import Step


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Whose candidate is watched, and with whose eyes."""

    source: Source
    candidate: str
    """A revision's name, as `stable` is."""
    stable: str
    policy: Policy
    clock: Callable[[], datetime] = field(default=_now)

    def look(self, step: Step) -> Decision:
        """Decide once, on what is known now. Figures that cannot be read are missing figures."""
        now = self.clock()
        window = self.policy.pace.window_at(step, now)
        troubles: list[str] = []
        candidate, stable = (
            self._read(name, window, troubles) if window else None
            for name in (self.candidate, self.stable)
        )
        decision = decide(candidate, stable, step, now, self.policy)
        return Decision(decision.verdict, (*decision.reasons, *troubles))

    def _read(self, revision: str, window: Window, troubles: list[str]) -> Metrics | None:
        try:
            return self.source.read(revision, window)
        except SourceError as exc:
            troubles.append(f"{revision}: {exc}")
            return None


def until_decided(
    watches: Sequence[Watch],
    step: Step,
    *,
    report: Callable[[Decision], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Decision:
    """Return PROMOTE or ROLLBACK, at the latest one look after the step's time limit.

    The step is promoted once all are at the same look, and rolled back once one of them is.

    Args:
        watches: one for each service whose traffic changes, at least one.
        step: what their candidates have, and since when.
        report: is told of every look.
        sleep: waits so many seconds.

    Raises:
        ValueError: nobody is watched.
    """
    if not watches:
        raise ValueError("nobody is watched, so nothing can be decided")
    pause_s = max(watch.policy.pace.pause for watch in watches).total_seconds()
    while True:
        decisions = {watch.candidate: watch.look(step) for watch in watches}
        worst = max(decision.verdict for decision in decisions.values())
        reasons = (
            f"{name}: {reason}"
            for name, decision in decisions.items()
            if decision.verdict is worst
            for reason in decision.reasons
        )
        found = Decision(worst, tuple(reasons))
        report(found)
        if worst is not Verdict.WAIT:
            return found
        sleep(pause_s)
