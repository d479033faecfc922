"""A release by hand, on the real root with the rehearsal's provider: nothing without a yes."""

from dataclasses import replace

import pytest

from deploy.desk.desk import Desk
from deploy.plans import standing
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.root import Root
from deploy.plans.saved import Objection, SavedPlanError
from deploy.plans.standing import StandingError
from deploy.plans.steps import STEPS
from deploy.plans.store import Folder
from deploy.reference import RefusedError
from rehearsal import life
from rehearsal.errors import MissingError
from tests.deploy.plans.rehearsed import GIVEN, SMOKE
from tests.terraform.project import REGISTRY, images

pytestmark = [pytest.mark.timeout(900)]
COMMIT = "c" * 40


class Person:
    """Says yes so many times, and remembers what was asked and told."""

    def __init__(self):
        self.yes = 100
        self.asked, self.told = [], []

    def ask(self, question):
        self.asked.append(question)
        self.yes -= 1
        return self.yes >= 0


@pytest.fixture
def person():
    return Person()


@pytest.fixture
def pipeline():
    try:
        started = life.begin("terraform", GIVEN)
    except MissingError as exc:
        pytest.skip(str(exc))
    with started as pipeline:
        yield pipeline


@pytest.fixture
def desk(pipeline, person, tmp_path):
    space = pipeline.space
    return Desk(
        root=Root(space.folder / "terraform", space.program.path, space.environment),
        store=Folder(tmp_path / "plans"),
        commit=COMMIT,
        registry=REGISTRY,
        smoke=SMOKE,
        ask=person.ask,
        tell=person.told.append,
    )


def serving(pipeline):
    """Tell which revisions get requests, of both services together: `{percent, ...}`."""
    now = standing.read(pipeline.state())
    return {
        (share.revision == service.revision, share.percent)
        for service in now.values()
        for share in service.traffic
        if share.percent
    }


def deployed(pipeline, release):
    """Apply a release as it stands after its end."""
    pipeline.set({**GIVEN, "images": images(release)})
    pipeline.plan()
    pipeline.apply()
    pipeline.set(GIVEN)


def test_a_release_stops_at_a_no_and_is_rolled_back(desk, person, pipeline):
    deployed(pipeline, "a")
    digest = desk.plan(images("b"))
    assert digest in person.told[-1]
    assert serving(pipeline) == {(True, 100)}

    person.yes = 0
    assert not desk.deploy(digest)
    assert "Apply the plan" in person.asked[-1]
    assert standing.read(pipeline.state())["api"].image == images("a")["api"]

    person.yes = 2
    assert not desk.deploy(digest)
    assert serving(pipeline) == {(True, 5), (False, 95)}
    assert "make rollback" in person.told[-1]

    person.yes = 0
    assert not desk.roll_back()
    assert serving(pipeline) == {(True, 5), (False, 95)}
    person.yes = 1
    assert desk.roll_back()
    assert serving(pipeline) == {(False, 100)}
    with pytest.raises(StandingError):
        desk.roll_back()


@pytest.mark.long
def test_from_nothing_to_the_second_release(desk, person, pipeline):
    for _ in range(3):
        assert desk.deploy(desk.plan(images("a")))
    assert serving(pipeline) == {(True, 100)}
    asked = len(person.asked)
    digest = desk.plan(images("b"))
    person.yes = 3
    assert not desk.deploy(digest)
    # As after a death: what was applied is not applied again, and the last step is asked for again.
    person.yes = 100
    asked = len(person.asked)
    assert desk.deploy(digest)
    assert len(person.asked) - asked == len(STEPS) - 1
    assert serving(pipeline) == {(True, 100)}
    assert standing.read(pipeline.state())["api"].image == images("b")["api"]
    assert desk.deploy(digest)


def test_what_may_not_be_applied_is_shown_and_not_kept(desk, person, pipeline):
    deployed(pipeline, "a")
    elsewhere = replace(desk, registry="europe-west1-docker.pkg.dev/another/images")
    with pytest.raises(PlanRefusedError) as refused:
        elsewhere.plan(images("b"))
    assert {each.reason for each in refused.value.refusals} == {Reason.IMAGE}
    assert "**Refused**" in person.told[-1]
    assert not list(desk.store.path.rglob("*.tfplan"))


def test_another_commit_or_another_plan_is_refused(desk, pipeline):
    deployed(pipeline, "a")
    digest = desk.plan(images("b"))
    with pytest.raises(RefusedError, match="check that out"):
        replace(desk, commit="d" * 40).deploy(digest)
    deployed(pipeline, "c")
    with pytest.raises(SavedPlanError) as refused:
        desk.deploy(digest)
    assert refused.value.objection is Objection.STATE
    with pytest.raises(SavedPlanError):
        desk.deploy("0" * 64)
