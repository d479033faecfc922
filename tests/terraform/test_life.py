"""From an empty project through a first deployment and a canary to the end, on a rehearsal.

What it shows is the order and the logic of the configuration: that what one root hands over fits
the next, and that each step of a release changes what it should. A cloud's answers are not in it.
"""

import json

import pytest

from rehearsal import life
from rehearsal.errors import MissingError, RehearsalError
from tests.terraform.project import BOOTSTRAP, CALLERS, images

SERVICES = {
    "module.api[0].google_cloud_run_v2_service.this",
    "module.function[0].google_cloud_run_v2_service.this",
}


def begin(root, variables):
    try:
        return life.begin(root, variables)
    except MissingError as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="module")
def handover():
    """What bootstrap's state hands to the pipeline."""
    with begin("terraform/bootstrap", BOOTSTRAP) as bootstrap:
        bootstrap.plan()
        bootstrap.apply()
        assert not bootstrap.changed()
        return bootstrap.state()["values"]["outputs"]["pipeline_variables"]["value"]


@pytest.fixture(scope="module")
def pipeline(handover):
    with begin("terraform", handover) as pipeline:
        yield pipeline


def step(pipeline, variables):
    """Plan and apply; return what was planned: `{address: (before, after)}`."""
    pipeline.set(variables)
    plan = pipeline.plan()
    pipeline.apply()
    assert not pipeline.changed()
    return {
        change["address"]: (change["change"]["before"], change["change"]["after"])
        for change in plan["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }


def differences(before, after):
    return {name for name in before if before[name] != after.get(name)}


def revision(values):
    return values["template"][0]["revision"]


def test_a_whole_life(pipeline, handover):
    """One long test, since each step stands on the state that the one before left."""
    empty = step(pipeline, handover)
    assert "google_pubsub_topic.ingest" in empty
    assert not SERVICES & set(empty)

    first = {**handover, "images": images("a"), "callers": CALLERS}
    started = step(pipeline, {**first, "serving": False})
    assert set(started) >= SERVICES
    assert "google_pubsub_subscription.ingest[0]" not in started
    (invokers,) = [v[1] for a, v in started.items() if a.endswith("api_callers[0]")]
    assert invokers["members"] == [
        "serviceAccount:release-smoke@data-prod-4711.iam.gserviceaccount.com"
    ]

    opened = step(pipeline, first)
    assert "google_pubsub_subscription.ingest[0]" in opened
    assert "google_cloud_run_v2_service_iam_binding.api_callers[0]" in opened

    stable = {
        address: revision(values[1]) for address, values in started.items() if address in SERVICES
    }
    canary = {
        "api": {"stable_revision": stable["module.api[0].google_cloud_run_v2_service.this"]},
        "function": {
            "stable_revision": stable["module.function[0].google_cloud_run_v2_service.this"]
        },
    }

    def at(percent):
        split = {service: {**each, "percent": percent} for service, each in canary.items()}
        return {**first, "images": images("b"), "canary": split}

    candidate = step(pipeline, at(0))
    assert set(candidate) == SERVICES
    for address, (before, after) in candidate.items():
        assert differences(before, after) >= {"template", "traffic"}
        assert [(t["revision"], t["percent"], t["tag"]) for t in after["traffic"]] == [
            (stable[address], 100, None),
            (revision(after), 0, "candidate"),
        ]

    for percent in (5, 25, 50, 100):
        moved = step(pipeline, at(percent))
        assert set(moved) == SERVICES
        for before, after in moved.values():
            assert differences(before, after) == {"traffic"}

    rolled_back = step(pipeline, at(0))
    assert {frozenset(differences(*pair)) for pair in rolled_back.values()} == {
        frozenset({"traffic"})
    }

    done = step(pipeline, {**first, "images": images("b")})
    for before, after in done.values():
        assert differences(before, after) == {"traffic"}
        assert [(t["revision"], t["percent"]) for t in after["traffic"]] == [(revision(after), 100)]

    an_addition_by_hand_is_undone(pipeline)

    pipeline.set({**first, "images": images("b")})
    with pytest.raises(RehearsalError, match=r"delet|protect|PREVENT"):
        pipeline.destroy()
    step(pipeline, {**first, "images": images("b"), "protected": False})
    pipeline.destroy()
    assert list(pipeline.world.records()) == []


def an_addition_by_hand_is_undone(pipeline):
    """Somebody opens the API to everybody in the console: the next plan shows it."""
    (record,) = [
        record
        for record in pipeline.world.records("google_cloud_run_v2_service_iam_binding")
        if "data-api" in json.dumps(record)
    ]
    values = {**record["values"], "members": [*record["values"]["members"], "allUsers"]}
    pipeline.world.put(record["type"], record["id"], values)
    plan = pipeline.plan()
    (undone,) = [
        change["change"]
        for change in plan["resource_changes"]
        if change["change"]["actions"] == ["update"]
    ]
    assert "allUsers" in undone["before"]["members"]
    assert "allUsers" not in undone["after"]["members"]
    pipeline.apply()
    assert not pipeline.changed()
