"""Where a deployed pipeline is tried, from what Terraform and the cloud say of it."""

import pytest

from deploy.jobs import addresses
from deploy.plans.first import SUBSCRIPTION
from deploy.plans.traffic import address
from deploy.reference import RefusedError

OWN = "https://data-api-123456789012.europe-west1.run.app"
TAGGED = "https://candidate---data-api-123456789012.europe-west1.run.app"
OUTPUTS = {
    "api_url": OWN,
    "audiences": {"api": "https://data-api.p.internal"},
    "topic": "projects/p/topics/data-ingest-topic",
    "load_balancer": None,
}
TAG = {"revision": "b", "percent": 0, "tag": "candidate"}


def state(*, tag=True, statuses=True, pushed=True, **outputs):
    shares = [{"revision": "a", "percent": 100, "tag": None}, *([TAG] if tag else [])]
    told = [{"tag": "", "uri": ""}, {"tag": "candidate", "uri": TAGGED}] if statuses else []
    service = {"uri": OWN, "traffic": shares, "traffic_statuses": told}
    resources = [{"address": address("api"), "values": service}]
    resources += [{"address": SUBSCRIPTION, "values": {}}] if pushed else []
    return {
        "values": {
            "outputs": {name: {"value": value} for name, value in {**OUTPUTS, **outputs}.items()},
            "root_module": {"child_modules": [{"resources": resources}]},
        }
    }


def test_a_candidate_is_tried_at_its_own_address():
    assert addresses.read(state()) == {
        "url": TAGGED,
        "service": OWN,
        "audience": "https://data-api.p.internal",
        "topic": "projects/p/topics/data-ingest-topic",
    }


def test_without_a_candidate_the_service_is_tried():
    assert addresses.read(state(tag=False, statuses=False))["url"] == OWN


def test_no_message_is_sent_before_one_is_pushed():
    assert addresses.read(state(pushed=False))["topic"] == ""


def test_behind_a_load_balancer_the_candidate_has_a_host():
    """Cloud Run's own addresses are closed there."""
    told = {"load_balancer": {"hosts": {"stable": "d.example", "candidate": "candidate.d.example"}}}
    found = addresses.read(state(api_url="https://d.example", **told))
    assert (found["url"], found["service"]) == ("https://candidate.d.example", "https://d.example")


def test_before_there_are_services_nothing_is_tried():
    assert set(addresses.read({}).values()) == {""}


def test_a_candidate_without_an_address_ends_the_release():
    with pytest.raises(RefusedError, match="has no address yet"):
        addresses.read(state(statuses=False))
