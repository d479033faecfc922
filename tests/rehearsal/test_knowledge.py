"""What follows from a configuration alone, as the real provider has it."""

import pytest

from rehearsal import facts, knowledge
from rehearsal.values import UNKNOWN

PROVIDER = {"project": "p", "region": "europe-west1"}


def told(kind, values):
    block = facts.whole()["resource_schemas"][kind]["block"]
    return knowledge.told(kind, block, values, PROVIDER)


@pytest.mark.parametrize(
    ("kind", "values", "identifier"),
    [
        ("google_pubsub_topic", {"name": "t"}, "projects/p/topics/t"),
        ("google_pubsub_topic", {"name": "t", "project": "q"}, "projects/q/topics/t"),
        ("google_pubsub_subscription", {"name": "s"}, "projects/p/subscriptions/s"),
        ("google_kms_crypto_key", {"key_ring": "r", "name": "k"}, "r/cryptoKeys/k"),
        ("google_project_service", {"service": "run.googleapis.com"}, "p/run.googleapis.com"),
        (
            "google_project_iam_member",
            {"project": "p", "role": "roles/r", "member": "user:a@example.com"},
            "p/roles/r/user:a@example.com",
        ),
        (
            "google_project_iam_member",
            {"project": "p", "role": "r", "member": "m", "condition": [{"title": "c"}]},
            "p/r/m/c",
        ),
        ("google_pubsub_topic_iam_binding", {"topic": "t", "role": "r", "members": ["m"]}, "t/r"),
    ],
)  # fmt: skip
def test_the_identifier_of_a_resource_is_known_from_its_names(kind, values, identifier):
    assert told(kind, values)["id"] == identifier


@pytest.mark.parametrize("name", [None, UNKNOWN])
def test_without_a_name_there_is_no_identifier(name):
    assert "id" not in told("google_pubsub_topic", {"name": name})
    assert "id" not in told(
        "google_project_iam_member", {"project": "p", "role": "r", "member": name}
    )


def test_an_account_s_address_is_known_before_it_is_made():
    found = told("google_service_account", {"account_id": "a"})
    assert found["email"] == "a@p.iam.gserviceaccount.com"
    assert found["member"] == "serviceAccount:a@p.iam.gserviceaccount.com"
    assert found["name"] == "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com"


def test_unknown_labels_stay_unknown():
    assert told("google_pubsub_topic", {"labels": {"a": "b"}})["effective_labels"] == {"a": "b"}
    assert "effective_labels" not in told("google_pubsub_topic", {"labels": UNKNOWN})


def test_the_newest_revision_serves_and_is_named_as_the_template_says():
    service = {"name": "api", "location": "europe-west1", "id": "i"}
    for template, revision in (({"revision": "api-7"}, "api-7"), ({}, "api-00001-abc")):
        chosen = knowledge.chosen("google_cloud_run_v2_service", service | {"template": [template]})
        assert chosen["latest_ready_revision"] == chosen["latest_created_revision"] == revision
        assert chosen["uri"] == "https://api-123456789012.europe-west1.run.app"


def test_every_type_that_is_known_by_name_is_in_the_schema_with_those_arguments():
    """A name that was misspelt would never be used, and nothing would tell."""
    types = facts.whole()["resource_schemas"]
    special = knowledge.NAMED_BY_IDENTIFIER | knowledge.NAMES_STAY_TAKEN
    assert {*knowledge.IDENTIFIERS} | special | knowledge.PROTECTED_UNLESS_SAID <= types.keys()
    for kind in knowledge.IDENTIFIERS:
        assert types[kind]["block"]["attributes"].keys() >= set(knowledge.names(kind)), kind
    for kind in knowledge.PROTECTED_UNLESS_SAID:
        assert "deletion_protection" in types[kind]["block"]["attributes"]
