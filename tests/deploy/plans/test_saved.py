"""A saved plan: what is applied is what a person approved, lately, for this commit and state."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.plans import saved
from deploy.plans.saved import Objection, Record, Revisions, SavedPlanError, State
from deploy.plans.store import Folder
from tests.deploy.plans.plans import RELEASE, VERSION

PLAN = b"PK\x03\x04 a plan, which holds a state"
COMMIT = "c" * 40
STATE = State(lineage="1f2e", serial=7)
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)


def record(plan=PLAN, **changes):
    told = {
        "plan_sha256": saved.sha256(plan),
        "commit": COMMIT,
        "state": STATE,
        "planned_at": AT,
        "terraform_version": VERSION,
        "images": dict(RELEASE.images),
        "revisions": {
            name: Revisions(stable=pair.stable, candidate=pair.candidate)
            for name, pair in RELEASE.pairs.items()
        },
    }
    return Record(**{**told, **changes})


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path)


def fetch(store, digest, commit=COMMIT, state=STATE, now=AT):
    return saved.fetch(store, digest, commit, state, now)


def objection(store, digest, **more):
    with pytest.raises(SavedPlanError) as info:
        fetch(store, digest, **more)
    return info.value.objection


def test_what_was_approved_is_what_is_fetched(store):
    digest = saved.keep(store, PLAN, record())
    told, plan = fetch(store, digest)
    assert plan == PLAN
    assert told == record()
    assert told.release == RELEASE
    assert saved.remembered(store, digest).release == RELEASE


def test_a_record_travels_in_the_run():
    """To the steps, whose identity reads no plan."""
    written = record().written
    assert saved.read(written, saved.sha256(written)).release == RELEASE
    with pytest.raises(SavedPlanError, match="not the one that was approved"):
        saved.read(written.replace(b"b" * 12, b"c" * 12), saved.sha256(written))


def test_keeping_it_again_changes_nothing(store):
    """An answer that was lost is no reason to fail."""
    assert saved.keep(store, PLAN, record()) == saved.keep(store, PLAN, record())


CHANGED = {
    "another commit": ({"commit": "d" * 40}, Objection.COMMIT),
    "a state that was written since": (
        {"state": State(lineage="1f2e", serial=8)},
        Objection.STATE,
    ),
    "an older state": ({"state": State(lineage="1f2e", serial=6)}, Objection.STATE),
    "another state": ({"state": State(lineage="ffff", serial=7)}, Objection.STATE),
    "no state any more": ({"state": State()}, Objection.STATE),
    "a day and a moment later": (
        {"now": AT + timedelta(days=1, seconds=1)},
        Objection.AGE,
    ),
    "from the future": ({"now": AT - timedelta(minutes=6)}, Objection.AGE),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_plan_that_no_longer_fits_is_refused(store, case):
    more, expected = CHANGED[case]
    assert objection(store, saved.keep(store, PLAN, record()), **more) == expected


@pytest.mark.parametrize("age", [timedelta(days=1), timedelta(), timedelta(minutes=-5)])
def test_within_a_day_it_fits(store, age):
    fetch(store, saved.keep(store, PLAN, record()), now=AT + age)


def test_an_exchanged_plan_is_refused(store, tmp_path):
    digest = saved.keep(store, PLAN, record())
    (path,) = tmp_path.glob("plans/*.tfplan")
    path.write_bytes(PLAN + b"and more")
    assert objection(store, digest) == Objection.DIGEST


def test_an_exchanged_record_is_refused(store, tmp_path):
    """With a plan of its own, both being whole."""
    digest = saved.keep(store, PLAN, record())
    other = saved.keep(store, PLAN + b"2", record(PLAN + b"2"))
    (tmp_path / f"plans/{digest}.json").write_bytes((tmp_path / f"plans/{other}.json").read_bytes())
    assert objection(store, digest) == Objection.DIGEST


@pytest.mark.parametrize("gone", ["*.json", "*.tfplan"])
def test_a_plan_that_was_deleted_is_refused(store, tmp_path, gone):
    digest = saved.keep(store, PLAN, record())
    (path,) = tmp_path.glob(f"plans/{gone}")
    path.unlink()
    assert objection(store, digest) == Objection.MISSING


def test_whoever_writes_the_names_first_is_found_out(store):
    """Plan's identity can create, so it could lie in wait under a digest that it foresees."""
    digest = saved.keep(Folder(store.path / "elsewhere"), PLAN, record())
    store.create(f"plans/{saved.sha256(PLAN)}.tfplan", b"another plan")
    assert saved.keep(store, PLAN, record()) == digest
    assert objection(store, digest) == Objection.DIGEST


def test_a_record_about_another_file_is_not_kept(store):
    with pytest.raises(SavedPlanError, match="about another file"):
        saved.keep(store, PLAN + b"x", record())


@pytest.mark.parametrize("written", [b"", b"[]", b"{}", b'{"commit": 1}', b"\xff"])
def test_a_record_of_another_shape_is_refused(store, written):
    digest = saved.sha256(written)
    store.create(f"plans/{digest}.json", written)
    assert objection(store, digest) == Objection.UNREADABLE


@pytest.mark.parametrize("digest", ["", "latest", "0" * 63, "../../etc/passwd", "A" * 64])
def test_what_is_no_digest_is_not_looked_for(store, digest):
    assert objection(store, digest) == Objection.DIGEST


def test_states_are_told_apart_by_lineage_and_serial():
    assert State.pulled('{"lineage": "1f2e", "serial": 7, "resources": []}') == STATE
    assert State.pulled("\n") == State()


@pytest.mark.parametrize("raw", ["{}", "[]", '{"lineage": 1, "serial": 1}', "x", '{"serial": 1}'])
def test_a_state_that_cannot_be_read_is_refused(raw):
    with pytest.raises(SavedPlanError) as info:
        State.pulled(raw)
    assert info.value.objection == Objection.UNREADABLE
