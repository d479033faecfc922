"""The real Terraform compares a state in a bucket with a cloud that somebody changed by hand."""

import json
from contextlib import nullcontext

import pytest

from deploy.jobs.run import Job
from deploy.nightly import comparison
from deploy.nightly.comparison import NOTHING, between
from deploy.nightly.drift import Difference, Drift
from deploy.nightly.errors import NotSeenError
from deploy.plans.lock import LOCK
from deploy.plans.root import Root
from deploy.plans.saved import State
from deploy.plans.steps import TAG
from deploy.plans.store import Bucket, StoreError
from rehearsal import terraform
from rehearsal.errors import MissingError
from rehearsal.origin import Kind, Origin
from rehearsal.world import World
from tests.deploy.plans import plans
from tests.deploy.plans.conftest import storage  # noqa: F401 - an emulator's address
from tests.deploy.plans.rehearsed import GIVEN
from tests.terraform.project import images

API = plans.API
SERVICE = "google_cloud_run_v2_service"


@pytest.fixture
def space(storage, tmp_path):  # noqa: F811 - the fixture
    """The roots, with the state in a bucket and what bootstrap hands over in the tree."""
    try:
        started = terraform.workspace(used=Origin(Kind.REHEARSAL), world=tmp_path / "world")
    except MissingError as exc:
        pytest.skip(str(exc))
    with started as space:
        host = storage.removeprefix("http://")
        space.environment.update(STORAGE_EMULATOR_HOST=host, GOOGLE_OAUTH_ACCESS_TOKEN="nobodys")
        where = ("-backend-config=bucket=b", "-backend-config=prefix=pipeline")
        terraform.initialize(space, "terraform", *where)
        given = space.folder / "terraform" / "foundation.auto.tfvars.json"
        given.write_text(json.dumps(GIVEN), "utf-8")
        yield space


def service(world):
    (found,) = (each for each in world.records(SERVICE) if each["values"]["name"] == "data-api")
    return found


@pytest.mark.timeout(600)
def test_a_night_after_somebody_changed_things_by_hand(space, storage, tmp_path):  # noqa: F811 - the fixture
    """One long test, since each look stands on the state that the one before left."""
    root = Root(space.folder / "terraform", space.program.path, space.environment)
    file, bucket = tmp_path / "plan", Bucket("b", lambda: "nobodys", storage)
    world = World(tmp_path / "world")

    def look():
        return between(root, file, bucket)

    assert look() == NOTHING, "before a first deployment"

    root.plan({"images": images("a")}, file)
    root.apply(file)
    clean = look()
    assert clean.looked_at > 20
    assert clean.differences == ()
    assert look() == clean, "nothing was written"

    # A release that is not at its end: two revisions, as the state has them.
    stable = service(world)["values"]["template"][0]["revision"]
    canary = {"api": {"stable_revision": stable, "percent": 5}}
    new = {**images("a"), "api": images("b")["api"]}
    root.plan({"images": new, "canary": canary}, file)
    root.apply(file)
    assert [each["tag"] for each in service(world)["values"]["traffic"]] == [None, TAG]
    state = root.state()
    assert look() == clean

    by_hand = service(world)
    values = {**by_hand["values"], "invoker_iam_disabled": True, "etag": "another"}
    world.put(by_hand["type"], by_hand["id"], values)
    (topic,) = (each for each in world.records("google_pubsub_topic") if "replay" in each["id"])
    world.remove(topic["type"], topic["id"])
    found = look()
    assert found == Drift(
        looked_at=clean.looked_at,
        differences=(
            Difference(address="google_pubsub_topic.replay", what="gone"),
            Difference(address=API, what="changed", attributes=("invoker_iam_disabled",)),
        ),
    )
    assert root.state() == state, "the look changed the state"
    assert service(world)["values"]["invoker_iam_disabled"] is True, "the look changed the cloud"

    bucket.create(LOCK, b"{}")
    with pytest.raises(NotSeenError, match="holds the state's lock"):
        look()


class Moving:
    """A root whose state is written while it is looked at."""

    def __init__(self):
        self.serials = iter((1, 2))

    def state(self):
        return State(lineage="one", serial=next(self.serials))

    def plan(self, variables, _file, *, lock, refresh_only):
        assert (variables, lock, refresh_only) == ({}, False, True)
        return plans.parsed(plans.plan())


class Nothing:
    """A bucket without a lock, or one that cannot be asked."""

    def __init__(self, why):
        self.why = why

    def read(self, name):
        assert name == LOCK
        raise self.why


def test_a_state_that_is_written_meanwhile_was_not_seen(tmp_path):
    free = Nothing(comparison.MissingError("none"))
    with pytest.raises(NotSeenError, match="applied meanwhile"):
        between(Moving(), tmp_path / "plan", free)


def test_a_lock_that_cannot_be_looked_for_is_no_free_state(tmp_path):
    with pytest.raises(StoreError):
        between(Moving(), tmp_path / "plan", Nothing(StoreError("403")))


class Empty:
    """A root whose state was never written, or holds nothing any more."""

    def __init__(self, state):
        self._state = state

    def state(self):
        return self._state

    def plan(self, *_, **__):
        return plans.parsed(plans.plan())


@pytest.fixture
def of(monkeypatch):
    """Compare with a state, in a project that runs these services."""

    def compare(state, *services):
        free = Nothing(comparison.MissingError("none"))
        root = nullcontext((Empty(state), None))
        monkeypatch.setattr(comparison.pipeline, "initialized", lambda _: root)
        monkeypatch.setattr(comparison, "Bucket", lambda *_: free)
        monkeypatch.setattr(comparison, "everywhere", lambda *_: iter(services))
        given = {"PROJECT_ID": "p", "GOOGLE_OAUTH_ACCESS_TOKEN": "t", "STATE_BUCKET": "b"}
        return comparison.compare(Job(given))

    return compare


def test_no_state_is_none_of_a_project_that_runs_services(of):
    """Else whoever takes the state away would close the issue."""
    assert of(State()) == NOTHING
    with pytest.raises(NotSeenError, match="the state has nothing"):
        of(State(), {"name": "data-api"})


@pytest.mark.parametrize("services", [(), ({"name": "data-api"},)])
def test_a_state_that_was_emptied_is_no_project_before_its_first_deployment(of, services):
    """Whoever empties the state may have taken the services away as well."""
    with pytest.raises(NotSeenError, match="was it emptied"):
        of(State(lineage="one", serial=7), *services)
