"""Which step is watched, and that time alone passes faster in a rehearsal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.canary import objectives
from deploy.desk.surroundings import HANDOVER
from deploy.jobs import decision
from deploy.jobs.run import Job
from deploy.plans.saved import SavedPlanError, sha256
from deploy.reference import RefusedError
from tests.deploy.plans.test_saved import record

RECORD = record()

GOOD = {
    "PROJECT_ID": "data-prod-4711",
    "RELEASE_RECORD": RECORD.written.decode(),
    "RELEASE_DIGEST": sha256(RECORD.written),
    "RELEASE_STEP": "5",
    "RELEASE_BEGAN": "2026-12-01T12:00:00+00:00",
}


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    """What a person committed after bootstrap."""
    handover = tmp_path / HANDOVER
    handover.parent.mkdir()
    handover.write_text('{"project_id": "data-prod-4711", "foundation": {}}', "utf-8")
    monkeypatch.setattr(decision, "HOME", tmp_path)


def never(_):
    pytest.fail("nothing is decided")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("RELEASE_STEP", "6", RefusedError),
        ("RELEASE_STEP", "", RefusedError),
        ("RELEASE_BEGAN", "yesterday", RefusedError),
        ("RELEASE_BEGAN", "2026-12-01T12:00:00", RefusedError),
        ("RELEASE_DIGEST", "0" * 64, SavedPlanError),
        ("RELEASE_RECORD", GOOD["RELEASE_RECORD"].replace("a", "b"), SavedPlanError),
        ("PROJECT_ID", "other-project", RefusedError),
    ],
    ids=range(7),
)
def test_another_step_or_record_decides_nothing(name, value, error):
    with pytest.raises(error):
        decision.decide(Job({**GOOD, name: value}), never)


def test_where_nothing_moves_there_is_nothing_to_decide():
    same = record(revisions={})
    told = {"RELEASE_RECORD": same.written.decode(), "RELEASE_DIGEST": sha256(same.written)}
    with pytest.raises(RefusedError, match="nothing to decide"):
        decision.decide(Job({**GOOD, **told}), never)


def test_only_time_passes_faster():
    quick = decision.paced(objectives.API, 1 / 60)
    assert quick.pace.window == timedelta(seconds=5)
    assert quick.pace.limit == timedelta(seconds=30)
    assert replace(quick, pace=objectives.API.pace) == objectives.API
    assert decision.paced(objectives.API, 1) == objectives.API


def test_each_service_has_its_objectives_and_their_measures():
    for name, policy in decision.POLICIES.items():
        assert policy.objectives.keys() == decision.INDICATORS[name].keys()
