"""A place is Google's or an emulator's, never half of each."""

import pytest

from local import control, layout
from local.layout import LocalError
from recovery.errors import RecoveryError
from recovery.place import Place

HOSTS = {"PUBSUB_EMULATOR_HOST": "127.0.0.1:1", "BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:2"}


def test_a_project_is_named_as_terraform_names_it():
    place = Place.find("my-project", {})
    assert (place.pubsub_emulator, place.bigquery_emulator) == (None, None)
    assert place.subscription == "projects/my-project/subscriptions/data-ingest-subscription"
    assert place.dead_letters == "projects/my-project/subscriptions/data-ingest-dead-letter"
    assert place.replay_topic == "projects/my-project/topics/data-ingest-replay"
    assert place.table("t") == "my-project.analytics_dataset.t"


@pytest.mark.parametrize("name", HOSTS)
def test_half_an_emulator_is_refused(name):
    """Real messages would be published because of rows of an emulator, or the other way round."""
    with pytest.raises(RecoveryError, match="set both"):
        Place.find("my-project", {name: HOSTS[name]})


def test_both_emulators_are_taken():
    place = Place.find("my-project", HOSTS)
    assert (place.pubsub_emulator, place.bigquery_emulator) == tuple(HOSTS.values())


def test_without_a_project_it_is_the_pipeline_that_runs_here(monkeypatch):
    state = {
        "project": layout.PROJECT,
        "pubsub_emulator_host": "127.0.0.1:3",
        "bigquery_emulator_host": "http://127.0.0.1:4",
    }
    monkeypatch.setattr(control, "running", lambda: state)
    assert Place.find(None).pubsub_emulator == "127.0.0.1:3"


def test_without_either_a_person_is_told_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(control, "STATE_PATH", tmp_path / "none.json")
    with pytest.raises(LocalError, match="make up"):
        Place.find("")


@pytest.mark.parametrize(
    "project", ["UPPER-case", "short", "a" * 31, "a`b; DROP", "x/../y-zz", "ends-"]
)
def test_what_is_no_project_is_refused(project):
    """Its name goes into queries and resource names."""
    with pytest.raises(RecoveryError, match="project's id"):
        Place.find(project, {})
