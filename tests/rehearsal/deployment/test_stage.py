"""Who serves after a run is said of all services that it changes, and of no other."""

from types import SimpleNamespace

import pytest

from rehearsal.deployment.cloud_run import TYPE, CloudRun
from rehearsal.deployment.revisions import API, FUNCTION
from rehearsal.deployment.runs import RUNS
from rehearsal.deployment.stage import Stage
from rehearsal.world import World

FIRST, BOTH, ALONE = ({run.name: run for run in RUNS}[name] for name in ("first", "good", "killed"))
NOTHING = ({}, {})
OLD = ({"a1": 100}, {"f1": 100})


@pytest.fixture
def stage(tmp_path):
    world = World(tmp_path / "world")
    run = CloudRun(lambda: pytest.fail("nothing runs"), world, tmp_path / "revisions", str)
    stage = Stage(tmp_path, None, {}, SimpleNamespace(cloud_run=run))

    def apply(state):
        for service, shares in zip((API, FUNCTION), state, strict=True):
            traffic = [{"revision": name, "percent": share} for name, share in shares.items()]
            values = {"name": service.name, "traffic": traffic}
            world.put(TYPE, service.name, values, deleted=not shares)

    stage.apply = apply
    return stage


@pytest.mark.parametrize(
    ("run", "before", "after", "serves"),
    [
        (BOTH, OLD, OLD, "stable"),
        (BOTH, OLD, ({"a1": 100, "a2": 0}, {"f1": 100, "f2": 0}), "stable"),
        (BOTH, OLD, ({"a2": 100}, {"f2": 100}), "candidate"),
        (BOTH, OLD, ({"a2": 100}, {"f1": 100}), "no"),
        (BOTH, OLD, ({"a1": 100}, {"f2": 100}), "no"),
        (BOTH, OLD, ({"a2": 100}, {"f1": 50, "f2": 50}), "no"),
        (ALONE, OLD, ({"a2": 100}, {"f1": 100}), "candidate"),
        (ALONE, OLD, ({"a2": 100}, {"f2": 100}), "no"),
        (ALONE, OLD, ({"a1": 75, "a2": 25}, {"f1": 100}), "no"),
        (ALONE, OLD, NOTHING, "no"),
        (FIRST, NOTHING, ({"a1": 100}, {"f1": 100}), "candidate"),
        (FIRST, NOTHING, ({"a1": 100}, {}), "no"),
        (FIRST, NOTHING, NOTHING, "stable"),
    ],
)
def test_who_serves(stage, run, before, after, serves):
    stage.apply(before)
    seen = stage._serving()
    stage.apply(after)
    assert stage._who(run, seen) == serves
