"""Figures and times that cannot be true, whatever the revisions did; no I/O here."""

from collections.abc import Iterator
from datetime import datetime

from deploy.canary.metrics import Count, Metrics
from deploy.canary.objectives import Policy
from deploy.canary.pace import WHOLE, Step


def impossible(
    candidate: Metrics | None, stable: Metrics | None, step: Step, now: datetime, policy: Policy
) -> list[str]:
    """Name what cannot be true. An empty list says nothing about good or bad."""
    both = {"candidate": candidate, "stable revision": stable}
    known = {who: metrics for who, metrics in both.items() if metrics}
    times = [step.began, now]
    for metrics in known.values():
        times += [metrics.window.start, metrics.window.end, metrics.newest]
    # Without a zone, two times cannot be compared, so this comes first.
    if any(time.tzinfo is None for time in times):
        return ["a time without a time zone"]
    found = []
    if type(step.percent) is not int or not 0 < step.percent <= WHOLE:
        found.append(f"a step of {step.percent} %")
    if step.began > now:
        found.append("a step that begins in the future")
    if candidate and stable and candidate.window != stable.window:
        found.append("the two revisions' windows differ")
    for who, metrics in known.items():
        found += [f"the {who}'s {what}" for what in _about(metrics, now, policy)]
    return found


def _about(metrics: Metrics, now: datetime, policy: Policy) -> Iterator[str]:
    window = metrics.window
    if window.start >= window.end:
        yield "window ends before it begins"
    if window.end > now:
        yield "window ends in the future"
    if not window.start <= metrics.newest <= window.end:
        yield "newest figure is from outside of its window"
    for name, count in metrics.counts.items():
        if name not in policy.objectives:
            yield f"{name} has no objective"
        if not _counts(count):
            yield f"{name}: {count.bad!r:.20} bad of {count.total!r:.20}"


def _counts(count: Count) -> bool:
    # bool is an int, and nan is smaller than nothing.
    whole = type(count.total) is int and type(count.bad) is int
    return whole and 0 <= count.bad <= count.total
