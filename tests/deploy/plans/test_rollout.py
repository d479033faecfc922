"""What is applied, and what is not; test_death.py does the same with Terraform itself."""

from itertools import pairwise
from pathlib import Path

import pytest

from deploy.plans import rollout
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.standing import StandingError, read
from deploy.plans.steps import BACK, FINISH, STEPS, Move
from tests.deploy.plans import plans
from tests.deploy.plans.plans import NAMES, RELEASE, VERSION
from tests.deploy.plans.test_saved import record

FILE = Path("saved")
MORE = plans.resource("google_pubsub_topic_iam_binding.x", None, {"role": "r", "members": ["m"]})


class Root:
    """Terraform that plans what the test says."""

    def __init__(self, document):
        self._document = document
        self.asked = []
        self.applied = []

    def version(self):
        return VERSION

    def plan(self, variables, _file):
        self.asked.append(variables)
        return plans.parsed(self._document)

    def apply(self, file):
        self.applied.append(file)


def standing(before, release=RELEASE):
    """Write the state that a plan began from."""
    return {
        "values": {
            "root_module": {
                "child_modules": [
                    {
                        "resources": [
                            {
                                "address": f"module.{name}[0].google_cloud_run_v2_service.this",
                                "mode": "managed",
                                "type": "google_cloud_run_v2_service",
                                "values": plans.service(name, release.traffic(name, before)),
                            }
                        ]
                    }
                    for name in NAMES
                ]
            }
        }
    }


def planned(move, before, *more, **parts):
    document = plans.step(move, before)
    document["resource_changes"] += more
    return Root({**document, "prior_state": standing(before), **parts})


def test_a_step_is_planned_judged_and_applied():
    root = planned(Move(5), BACK)
    rollout.move(root, RELEASE, Move(5), FILE)
    assert root.asked == [RELEASE.variables(Move(5))]
    assert root.applied == [FILE]


def test_a_step_that_was_taken_is_not_applied_again():
    root = planned(Move(5), Move(5))
    rollout.move(root, RELEASE, Move(5), FILE)
    assert root.applied == []


@pytest.mark.parametrize("before", STEPS[1:], ids=str)
def test_a_step_that_was_passed_is_not_taken_again(before):
    """A run that begins again after a death goes through all of them."""
    root = planned(Move(5), before)
    rollout.move(root, RELEASE, Move(5), FILE)
    assert root.applied == []


@pytest.mark.parametrize(
    ("before", "to"),
    [
        (before, to)
        for at, before in enumerate((BACK, *STEPS))
        for to in STEPS[at + 1 :]
        if (before, to) != (STEPS[-2], FINISH)
    ],
    ids=str,
)
def test_no_step_is_left_out(before, to):
    """After a rollback, a job that is run again takes the steps before it for decided on."""
    root = planned(to, before)
    with pytest.raises(StandingError, match="run all jobs again"):
        rollout.move(root, RELEASE, to, FILE)
    assert root.applied == []


@pytest.mark.parametrize(("before", "to"), list(pairwise((BACK, *STEPS))), ids=str)
def test_each_step_follows_the_one_before(before, to):
    root = planned(to, before)
    rollout.move(root, RELEASE, to, FILE)
    assert root.applied == [FILE]


def test_a_plan_is_applied_on_the_state_that_it_was_made_on_and_once():
    """Also where the candidate is there: after a rollback, or a death on the way."""
    planned_on = record()
    later = planned_on.state.model_copy(update={"serial": planned_on.state.serial + 1})
    there = read(standing(Move(25)))
    assert rollout.pending(planned_on, planned_on.state, there)
    assert not rollout.pending(planned_on, later, there)
    assert rollout.pending(planned_on, later, {})
    assert rollout.pending(record(revisions={}), later, there)


def test_where_only_the_output_lags_behind_it_is_applied():
    root = planned(Move(5), Move(5), applyable=True)
    rollout.move(root, RELEASE, Move(5), FILE)
    assert root.applied == [FILE]


def test_a_step_that_is_more_is_not_applied():
    root = planned(Move(5), BACK, MORE)
    with pytest.raises(PlanRefusedError) as info:
        rollout.move(root, RELEASE, Move(5), FILE)
    assert {each.reason for each in info.value.refusals} == {Reason.OTHER_RESOURCE}
    assert root.applied == []


def test_a_step_without_a_candidate_is_not_applied():
    root = planned(Move(5), BACK, prior_state={})
    with pytest.raises(StandingError, match="was not applied"):
        rollout.move(root, RELEASE, Move(5), FILE)
    assert root.applied == []


@pytest.mark.parametrize("before", STEPS, ids=str)
def test_a_rollback_is_applied_from_each_step(before):
    root = planned(BACK, before)
    rollout.roll_back(root, RELEASE, FILE)
    assert root.asked == [RELEASE.variables(BACK)]
    assert root.applied == [FILE]


def test_a_rollback_that_is_more_is_not_applied():
    root = planned(BACK, FINISH, MORE)
    with pytest.raises(PlanRefusedError):
        rollout.roll_back(root, RELEASE, FILE)
    assert root.applied == []


def test_where_the_old_revision_serves_a_rollback_applies_nothing():
    """Whatever the candidate's plan, which died, has left to do."""
    root = planned(BACK, BACK, MORE)
    rollout.roll_back(root, RELEASE, FILE)
    assert root.applied == []
