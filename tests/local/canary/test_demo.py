"""The demo itself: real revisions, real load, real decisions, and nothing is left behind."""

import pytest
from rich.progress import Progress

from deploy.canary.decision import Verdict
from local.canary import demo


def by_name(*names):
    return [case for case in demo.CASES if case.name in names]


@pytest.fixture
def result(tmp_path, monkeypatch, request):
    """Run some of the cases and show what was decided."""
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    with Progress(disable=True) as progress:
        found = demo.run(progress, print, by_name(*request.param))
    assert found.faults() == []
    return [run.rollout for run in found.runs]


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("result", [["slow", "failing"]], indirect=True, ids=["slow, failing"])
def test_a_slow_and_a_failing_revision_are_rolled_back_and_no_request_is_lost(result):
    for rollout in result:
        assert [step.decision.verdict for step in rollout.steps] == [Verdict.ROLLBACK]
        assert rollout.stable == "data-api-1"
        assert rollout.rollback_s < 60
    slow, failing = (rollout.steps[-1].decision.reasons[0] for rollout in result)
    assert "latency" in slow
    assert "availability" in failing


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("result", [["good"]], indirect=True, ids=["good"])
def test_a_good_revision_gets_all_of_the_traffic_step_by_step(result):
    (rollout,) = result
    assert [step.percent for step in rollout.steps] == [5, 25, 50, 100]
    assert {step.decision.verdict for step in rollout.steps} == {Verdict.PROMOTE}
