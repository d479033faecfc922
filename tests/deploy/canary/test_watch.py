"""A step is watched until it is decided, with whatever the source gives or does not give."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy.canary.decision import Verdict
from deploy.canary.metrics import Count, Metrics, SourceError
from deploy.canary.objectives import API
from deploy.canary.pace import Pace, Step
from deploy.canary.watch import Watch, until_decided

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
PACE = API.pace


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now = BEGAN

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)

    @property
    def minutes(self):
        return (self.now - BEGAN) / timedelta(minutes=1)


class Figures:
    """A source: so many of a hundred requests a minute failed, or an error to raise."""

    def __init__(self, candidate=0, stable=0, rate=100):
        self.failing = {"new": candidate, "newer": candidate, "old": stable}
        self.rate = rate
        self.asked = []

    def read(self, revision, window):
        self.asked.append(window)
        if isinstance(self.failing[revision], Exception):
            raise self.failing[revision]
        minutes = window.length // timedelta(minutes=1)
        total = minutes * self.rate
        counts = {
            "availability": Count(total, minutes * self.failing[revision]),
            "latency": Count(total, 0),
        }
        return Metrics(window=window, newest=window.end, counts=counts)


def watch(source, *others, percent=5):
    clock, said = Clock(), []
    watches = [
        Watch(source=each, candidate="new", stable="old", policy=API, clock=lambda: clock.now)
        for each in (source, *others)
    ]
    watches[1:] = [replace(each, candidate="newer") for each in watches[1:]]
    step = Step(percent, BEGAN)
    decision = until_decided(watches, step, report=said.append, sleep=clock.sleep)
    assert said[-1] == decision
    return decision, clock


def test_a_good_candidate_is_promoted_after_one_settled_window():
    decision, clock = watch(Figures())
    assert decision.verdict is Verdict.PROMOTE
    assert clock.minutes == pytest.approx(9, abs=0.6)


def test_a_failing_candidate_is_rolled_back_on_its_first_figures():
    decision, clock = watch(Figures(candidate=5))
    assert decision.verdict is Verdict.ROLLBACK
    assert clock.minutes == pytest.approx(5, abs=0.6)


@pytest.mark.parametrize(
    "source",
    [
        Figures(candidate=SourceError("Cloud Monitoring answered 503")),
        Figures(stable=SourceError("Cloud Monitoring answered 503")),
        Figures(rate=1),
        Figures(candidate=50, stable=40),
    ],
    ids=["candidate unreadable", "stable unreadable", "too few", "both suffer"],
)
def test_what_stays_unclear_is_rolled_back_at_the_steps_limit(source):
    decision, clock = watch(source)
    assert decision.verdict is Verdict.ROLLBACK
    assert "no promotion within 0:30:00" in str(decision)
    assert 30 <= clock.minutes <= 30.5


def test_why_figures_are_missing_is_told():
    decision, _ = watch(Figures(candidate=SourceError("Cloud Monitoring answered 403")))
    assert "new: Cloud Monitoring answered 403" in str(decision)


def test_a_source_that_recovers_is_believed_again():
    source = Figures(candidate=SourceError("Cloud Monitoring answered 503"))
    original = source.read

    def read(revision, window):
        if len(source.asked) > 10:
            source.failing["new"] = 0
        return original(revision, window)

    source.read = read
    decision, _ = watch(source)
    assert decision.verdict is Verdict.PROMOTE


def test_one_service_that_fails_rolls_all_back_at_once():
    decision, clock = watch(Figures(rate=1), Figures(candidate=5))
    assert decision.verdict is Verdict.ROLLBACK
    assert clock.minutes == pytest.approx(5, abs=0.6)
    assert all(reason.startswith("newer: ") for reason in decision.reasons)


def test_one_service_that_is_unclear_keeps_all_waiting():
    decision, clock = watch(Figures(), Figures(rate=1))
    assert decision.verdict is Verdict.ROLLBACK
    assert clock.minutes >= 30


def test_two_good_services_are_promoted_together():
    decision, clock = watch(Figures(), Figures())
    assert decision.verdict is Verdict.PROMOTE
    assert clock.minutes == pytest.approx(9, abs=0.6)


def test_nobody_is_not_promoted():
    with pytest.raises(ValueError, match="nobody"):
        until_decided([], Step(5, BEGAN))


def test_windows_are_settled_whole_minutes_of_the_step():
    source = Figures()
    watch(source)
    for window in source.asked:
        assert window.start >= BEGAN
        assert window.length % PACE.period == timedelta(0)
        assert timedelta(0) < window.length <= PACE.window


@pytest.mark.parametrize(
    "changes",
    [
        {"limit": PACE.settle + PACE.window},
        {"window": timedelta(seconds=30)},
        {"stale": PACE.settle},
        {"settle": timedelta(0)},
        {"pause": timedelta(0)},
        {"period": timedelta(0)},
    ],
    ids=str,
)
def test_a_pace_at_which_nothing_could_be_promoted_cannot_be_made(changes):
    with pytest.raises(ValueError, match=r"longer|window|limit"):
        Pace(**changes)
