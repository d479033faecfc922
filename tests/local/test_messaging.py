"""Which Pub/Sub is used, and what is said when the chosen one is missing."""

import pytest

from local import messaging
from local.layout import LocalError


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without the Cloud SDK."""
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_machine_with_nothing_but_python_gets_the_embedded_one(bare):
    assert messaging.choose(None) == "embedded"


def test_who_insists_on_googles_is_told_what_to_install(bare):
    with pytest.raises(LocalError, match="gcloud components install pubsub-emulator"):
        messaging.choose("google")


def test_a_third_kind_does_not_exist(bare):
    with pytest.raises(LocalError, match="embedded, google"):
        messaging.choose("kafka")


def test_the_embedded_one_can_be_chosen_anywhere():
    assert messaging.choose("embedded") == "embedded"
