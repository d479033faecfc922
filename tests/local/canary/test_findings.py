"""The demo fails when a request is lost, a run ends otherwise, or a share is not obeyed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy.canary.decision import Decision, Verdict
from deploy.canary.objectives import API
from local.canary.findings import Callers, Findings, Run, seen
from local.canary.load import Answer, Load
from local.canary.rollout import Rollout, StepTaken

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = BEGAN + 10 * SECOND
GOOD = Answer(BEGAN.timestamp() + 5, 0.01, 200)


def loaded(answers, sent=None):
    load = Load("http://127.0.0.1:1", "/", headers={}, rate=1, callers=1)
    load.answers = list(answers)
    load.sent = len(load.answers) if sent is None else sent
    return load


def step(percent, verdict=Verdict.PROMOTE, divided=None):
    divided = divided or {"new": percent * 10, "old": 1000 - percent * 10}
    return StepTaken(percent, BEGAN, LATER, Decision(verdict, ("why",)), divided)


def a_run(*steps, wanted=Verdict.PROMOTE, smoke=(GOOD,), rollback_s=None):
    rollout = Rollout("new", "old", BEGAN, LATER, list(steps), rollback_s)
    return Run("good", wanted, rollout, {}, loaded(smoke))


def findings(run=None, answers=(GOOD,) * 4, sent=None, divided=None):
    load = loaded(answers, sent)
    run = run or a_run(step(5), step(100))
    return Findings([run], load, divided or {"old": load.sent}, API)


def test_nothing_wrong_is_no_fault():
    assert findings().faults() == []
    rolled_back = a_run(step(5, Verdict.ROLLBACK), wanted=Verdict.ROLLBACK, rollback_s=2.0)
    failed = replace(GOOD, status=503)
    assert findings(rolled_back, (GOOD, failed)).faults() == []


LOST = replace(GOOD, status=None)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (findings(answers=(GOOD, LOST)), "callers: 1 of 2 requests lost"),
        (findings(sent=5), "callers: 1 of 5 requests lost"),
        (findings(a_run(step(5), smoke=(LOST, LOST))), "smoke of good: 2 of 2 requests lost"),
        (findings(divided={"old": 3}), "4 requests sent, 3 divided"),
        (findings(divided={"old": 3, "new": 2}), "4 requests sent, 5 divided"),
        (findings(answers=(GOOD, replace(GOOD, status=401))), "answered 401"),
        (findings(a_run(step(5), smoke=(replace(GOOD, status=404),))), "answered 404"),
        (findings(a_run(step(5, Verdict.ROLLBACK))), "good: ROLLBACK and not PROMOTE"),
        (findings(a_run(step(100), wanted=Verdict.ROLLBACK)), "PROMOTE and not ROLLBACK"),
        (findings(a_run(step(5, divided={"new": 80, "old": 920}))), "8.0 % of the requests"),
        (findings(a_run(step(5, divided={"old": 1000}))), "0.0 % of the requests"),
        (findings(answers=(GOOD, replace(GOOD, status=503))), "callers saw errors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_should_not_be_is_a_fault(found, fault):
    assert any(fault in said for said in found.faults())


def test_a_step_that_was_too_short_says_nothing_about_shares():
    assert findings(a_run(step(5, divided={"old": 199}))).faults() == []


def test_callers_are_counted_by_what_they_saw():
    slow = replace(GOOD, seconds=0.3)
    failed = replace(GOOD, status=503, seconds=1.0)
    assert seen([GOOD, slow, failed, LOST]) == Callers(requests=4, failed=1, slow=2, lost=1)


def test_a_run_has_its_own_callers():
    other = replace(GOOD, at=LATER.timestamp() + 1, status=503)
    found = findings(answers=(GOOD, other))
    assert found.during(found.runs[0]).requests == 1
    assert found.all().requests == 3
