"""The same judgements on plans that Terraform itself made, from an empty project to a rollback.

The root is the real one; its provider is the rehearsal's, made from the real one's schema.
"""

import json

import pytest

from deploy.plans import candidate, first, standing, steps, summary, traffic
from deploy.plans.first import Stage
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.steps import BACK, FINISH, STEPS, Move
from rehearsal import life
from rehearsal.errors import MissingError
from tests.deploy.plans.rehearsed import GIVEN, SMOKE, approved, parsed
from tests.terraform.project import images

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def pipeline():
    try:
        started = life.begin("terraform", GIVEN)
    except MissingError as exc:
        pytest.skip(str(exc))
    with started as pipeline:
        yield pipeline


def plan(pipeline, variables, **more):
    pipeline.set({**GIVEN, **variables, **more})
    return parsed(pipeline.plan())


def reasons(act):
    with pytest.raises(PlanRefusedError) as info:
        act()
    return {each.reason for each in info.value.refusals}


def begin(pipeline):
    """Deploy for the first time, each plan being the one that the state asks for."""
    for stage in Stage:
        assert first.stage(pipeline.state(), images("a")) is stage
        told = plan(pipeline, stage.variables(images("a")))
        first.check(told, stage, approved("a"), SMOKE, told.terraform_version)
        if stage is Stage.SERVICES:
            early = plan(pipeline, {**stage.variables(images("a")), "serving": True})
            assert Reason.EARLY in reasons(
                lambda early=early, stage=stage: first.check(
                    early, stage, approved("a"), SMOKE, early.terraform_version
                )
            )
            plan(pipeline, stage.variables(images("a")))
        pipeline.apply()
    assert first.stage(pipeline.state(), images("a")) is None


def prepare(pipeline, release):
    """Look at what serves and at what would be made, and pair them."""
    survey = plan(pipeline, {"images": images(release), "canary": {}})
    now = standing.read(survey.prior_state)
    return steps.prepare(images(release), survey.output("revisions"), now)


SNEAKED = {
    "a caller": {"callers": []},
    "a publisher": {"publishers": ["user:mallory@example.com"]},
    "the protection": {"protected": False},
    "the retention": {"retention_days": {"rows": 1}},
    "the size of the API": {"api": {"max_instances": 11}},
    "the images": {"images": images("c")},
    "one image": {"images": {**images("b"), "api": images("c")["api"]}},
    "a service": {"images": {"api": images("b")["api"]}, "canary": {}},
    "no more messages": {"serving": False},
    "an output": {"service_names": {"api": "data-api", "function": "other"}, "canary": {}},
}


def test_a_step_and_a_rollback(pipeline):
    """The shortest release; the long test below goes all of the way."""
    plan(pipeline, {"images": images("a")})
    pipeline.apply()
    release = prepare(pipeline, "b")
    for move in (BACK, STEPS[0], BACK):
        told = plan(pipeline, release.variables(move))
        if release.applied(standing.read(told.prior_state)):
            traffic.check(told, release, move, told.terraform_version)
        else:
            candidate.check(told, release, approved("b"), told.terraform_version)
        pipeline.apply()
        now = standing.read(pipeline.state())
        assert release.restored(now) == (move == BACK)
        assert {name: sorted(service.traffic) for name, service in now.items()} == {
            name: sorted(release.traffic(name, move)) for name in now
        }


@pytest.mark.long
def test_a_release_from_nothing_to_its_end_and_back(pipeline):
    """One long test, since each step stands on the state that the one before left."""
    begin(pipeline)
    release = prepare(pipeline, "b")
    told = plan(pipeline, release.variables(BACK))
    assert candidate.check(told, release, approved("b"), told.terraform_version) == ()
    shown = summary.markdown(told)
    assert all(value not in shown for value in ("b" * 64, SMOKE, GIVEN["project_id"]))
    assert "template.containers.image" in shown
    pipeline.apply()

    for move in STEPS[:2]:
        told = plan(pipeline, release.variables(move))
        traffic.check(told, release, move, told.terraform_version)
        assert reasons(lambda told=told: traffic.check(told, release, Move(50), "1.0.0")) == {
            Reason.TRAFFIC,
            Reason.VERSION,
        }
        pipeline.apply()
        assert release.remaining(standing.read(pipeline.state()))[0] == move
    for name, more in SNEAKED.items():
        told = plan(pipeline, release.variables(Move(50)), **more)
        refusal = reasons(
            lambda told=told: traffic.check(told, release, Move(50), told.terraform_version)
        )
        assert refusal & {Reason.OTHER_RESOURCE, Reason.OTHER_ATTRIBUTE, Reason.ACTION}, name
    drift_is_refused(pipeline, release)

    told = plan(pipeline, release.variables(BACK))
    traffic.check(told, release, BACK, told.terraform_version)
    pipeline.apply()
    assert release.restored(standing.read(pipeline.state()))
    the_next_release_ends(pipeline)


def drift_is_refused(pipeline, release):
    """Somebody opens the API by hand while the canary runs, and then moves traffic by hand."""
    (record,) = [
        record
        for record in pipeline.world.records("google_cloud_run_v2_service")
        if record["values"]["name"] == "data-api"
    ]
    before = record["values"]
    by_hand = {**before, "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"}
    pipeline.world.put(record["type"], record["id"], by_hand)
    told = plan(pipeline, release.variables(Move(50)))
    found = reasons(lambda: traffic.check(told, release, Move(50), told.terraform_version))
    assert found == {Reason.DRIFT, Reason.OTHER_ATTRIBUTE}

    third = json.loads(json.dumps(before["traffic"]).replace(release.pairs["api"].stable, "third"))
    pipeline.world.put(record["type"], record["id"], {**before, "traffic": third})
    moved = plan(pipeline, release.variables(Move(50)))
    found = reasons(lambda: traffic.check(moved, release, Move(50), moved.terraform_version))
    assert found == {Reason.FOREIGN_REVISION}
    pipeline.world.put(record["type"], record["id"], before)


def the_next_release_ends(pipeline):
    """After a rollback the stable revision is not the one of the images applied last."""
    release = prepare(pipeline, "d")
    for move in (BACK, STEPS[0], FINISH):
        told = plan(pipeline, release.variables(move))
        if move is BACK:
            candidate.check(told, release, approved("d"), told.terraform_version)
        else:
            traffic.check(told, release, move, told.terraform_version)
        pipeline.apply()
    now = standing.read(pipeline.state())
    assert release.remaining(now) == ()
    assert {name: service.image for name, service in now.items()} == images("d")
