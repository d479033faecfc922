"""Where a state stands, whatever is in it."""

import pytest

from deploy.plans import standing
from deploy.plans.standing import Service, Share
from deploy.plans.steps import BACK, STEPS
from tests.deploy.plans.plans import RELEASE
from tests.deploy.plans.test_rollout import standing as written
from tests.deploy.plans.test_steps import at


@pytest.mark.parametrize("move", [BACK, *STEPS], ids=str)
def test_a_state_says_where_a_release_stands(move):
    assert standing.read(written(move)) == at(move, move)


@pytest.mark.parametrize("state", [{}, {"format_version": "1.0"}, {"values": {}}])
def test_an_empty_state_has_no_service(state):
    assert standing.read(state) == {}


def test_what_is_not_a_service_of_ours_is_passed_over():
    others = [
        {"address": "google_pubsub_topic.x", "mode": "managed", "type": "google_pubsub_topic"},
        {
            "address": "data.google_cloud_run_v2_service.this",
            "mode": "data",
            "type": "google_cloud_run_v2_service",
        },
    ]
    assert standing.read({"values": {"root_module": {"resources": others}}}) == {}


def test_a_service_that_is_half_there_has_no_revision():
    """Its creation died; whatever is asked of it is answered with no."""
    state = written(BACK)
    (module, _) = state["values"]["root_module"]["child_modules"]
    module["resources"][0]["values"] = {"template": [], "traffic": None}
    found = standing.read(state)
    assert found["api"] == Service("", "", ())
    assert not RELEASE.applied(found)
    assert not RELEASE.restored(found)


def test_shares_are_read_as_they_are():
    told = {"traffic": [{"revision": "a", "percent": None, "tag": None}, {"percent": 5}]}
    assert standing.shares(told) == (Share("a", 0), Share("", 5))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("revision", value) for value in ([], False)),
        *(("tag", value) for value in ([], {}, 0)),
        *(("percent", value) for value in ("", False, True, 5.0)),
    ],
)
def test_what_is_of_another_type_is_not_taken_for_nothing(name, value):
    """Accepted for one that is absent, a plan could hold more than was judged."""
    with pytest.raises(TypeError, match=name):
        standing.shares({"traffic": [{"revision": "a", "percent": 5, name: value}]})
