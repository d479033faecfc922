"""A call is opened into permissions on what is planned, and every table speaks of known things."""

import json
import re
import tomllib

import pytest

from access import calls
from access.calls import World, methods, needs
from access.identities import identities, short, table
from access.kinds import UnknownError
from tests.access.plans import PROJECT, SETTING, P, account, guarded, planned, runtime, service

ROWS = f"{PROJECT}/datasets/analytics_dataset/tables/example_table"
CREATE = "pubsub.projects.subscriptions.create"


def wanted(plans, identity):
    return {
        (need.permission, need.resource)
        for need in needs(plans, SETTING)
        if need.identity == identity
    }


def test_a_query_needs_a_job_in_the_project_and_data_of_the_table():
    assert wanted({"terraform": runtime()}, account("data-api")) == {
        ("bigquery.jobs.create", PROJECT),
        ("bigquery.tables.getData", ROWS),
        ("bigquery.tables.get", ROWS),
    }


def test_an_identity_that_is_not_there_calls_nothing():
    """Where Pub/Sub writes the rows itself, no function does."""
    plan = [each for each in runtime() if "module.function" not in each.address]
    assert not wanted({"terraform": plan}, account("pubsub-to-bigquery"))
    direct = planned(
        "google_pubsub_subscription.ingest[0]",
        project=P,
        name="s",
        topic="t",
        bigquery_config=[{"table": "t"}],
        push_config=[],
    )
    agent = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    rows = {("bigquery.tables.get", ROWS), ("bigquery.tables.updateData", ROWS)}
    assert rows <= wanted({"terraform": [*plan, direct]}, agent)
    assert not rows & wanted({"terraform": runtime()}, agent)


def test_terraform_acts_as_the_account_of_what_it_starts_and_reads_its_image():
    found = wanted({"terraform": [service("x", "api", "data-api")]}, account("release-apply"))
    runs_as = f"{PROJECT}/serviceAccounts/data-api@{P}.iam.gserviceaccount.com"
    images = f"{PROJECT}/locations/europe-west1/repositories/images"
    assert {
        ("iam.serviceAccounts.actAs", runs_as),
        ("artifactregistry.repositories.downloadArtifacts", images),
        ("run.services.create", PROJECT),
        ("run.services.update", f"{PROJECT}/locations/europe-west1/services/x"),
    } <= found


def test_a_push_subscription_takes_the_topic_and_acts_as_the_push_account():
    push = planned(
        "google_pubsub_subscription.ingest[0]",
        project=P,
        name="s",
        topic="t",
        push_config=[{"oidc_token": [{"service_account_email": f"push@{P}.iam.x"}]}],
    )
    found = wanted({"terraform": [push]}, account("release-apply"))
    assert ("pubsub.topics.attachSubscription", f"{PROJECT}/topics/t") in found
    assert ("iam.serviceAccounts.actAs", f"{PROJECT}/serviceAccounts/push@{P}.iam.x") in found


def test_a_subscription_that_writes_as_an_account_acts_as_it():
    direct = planned(
        "google_pubsub_subscription.ingest[0]",
        project=P,
        name="s",
        topic="t",
        bigquery_config=[{"table": "t", "service_account_email": f"writer@{P}.iam.x"}],
    )
    found = wanted({"terraform": [direct]}, account("release-apply"))
    assert ("iam.serviceAccounts.actAs", f"{PROJECT}/serviceAccounts/writer@{P}.iam.x") in found


def test_a_column_with_a_policy_tag_needs_more():
    taxonomy = f"{PROJECT}/locations/europe-west1/taxonomies/1"
    schema = [{"name": "x", "policyTags": {"names": [f"{taxonomy}/policyTags/2"]}}]
    tagged = planned(
        "google_bigquery_table.rows",
        project=P,
        dataset_id="d",
        table_id="t",
        schema=json.dumps(schema),
    )
    found = wanted({"terraform": [tagged]}, account("release-apply"))
    assert ("bigquery.tables.setCategory", f"{PROJECT}/datasets/d") in found
    assert ("datacatalog.taxonomies.get", taxonomy) in found


def test_what_a_person_applies_is_no_call_of_ours():
    assert not wanted({"terraform/bootstrap": runtime()}, account("release-apply"))


def test_each_job_takes_its_own_accounts_token():
    found = needs({"terraform/bootstrap": guarded()}, SETTING)
    tokens = {
        need.identity.split("workflows/")[1].split("@")[0]: need.resource.split("/")[-1]
        for need in found
        if need.permission == "iam.serviceAccounts.getAccessToken"
    }
    assert tokens["smoke.yml"] == f"release-smoke@{P}.iam.gserviceaccount.com"
    assert tokens["apply.yml"] == f"release-apply@{P}.iam.gserviceaccount.com"


def test_the_tables_speak_of_known_identities_methods_and_resources():
    known = identities(SETTING)
    resources = table()["resources"].keys() | {"project"}
    for call in calls._declared():
        assert call["identity"] in known, call
        assert set(call["methods"]) <= methods().keys(), call
        named = {name for name in call["resources"] if not name.startswith("google_")}
        assert named <= resources, call
        assert call["needs"] in {"", *resources}, call
        assert call["step"], call


def test_every_method_is_called_by_somebody():
    """A row that nobody needs would excuse nothing, and rot."""
    used = {method for call in calls._declared() for method in call["methods"]}
    for kind in calls.kinds.table().values():
        used |= {method for called in kind.operations.values() for method in called}
    assert used == methods().keys()


def test_every_method_has_a_source():
    """The page that says which permissions it asks for."""
    groups = tomllib.loads((calls.HERE / "methods.toml").read_text("utf-8"))
    for name, group in groups.items():
        assert group.keys() == {"source", "methods"}, name
        assert re.fullmatch(r"https://cloud\.google\.com/[^ ]+", group["source"]), name
    assert len(methods()) == sum(len(group["methods"]) for group in groups.values())


def test_the_recording_is_sorted_and_has_one_shape():
    told = json.loads((calls.HERE / "recorded.json").read_text("utf-8"))
    for call in told:
        assert call.keys() == {"identity", "method", "resource"}
        assert call["identity"] in {*table()["present"], *table()["people"]}
    lines = [(call["identity"], call["method"], call["resource"]) for call in told]
    assert lines == sorted(set(lines))


@pytest.mark.parametrize(("identity", "method"), [("nobody", CREATE), ("caller", "no.such.method")])
def test_a_call_that_no_table_knows_is_an_error(identity, method):
    with pytest.raises(UnknownError, match="in no table"):
        list(World({}, SETTING).opened(identity, method, None, "a step"))


def test_two_roles_of_one_person_are_both_seen():
    both = {"caller": ("user:a@example.com",), "operator": ("user:a@example.com",)}
    setting = type(SETTING)(
        project=P,
        number="1",
        pool="github-1",
        repository="acme/pipeline",
        repository_id="1",
        people=both,
    )
    assert short(setting)["user:a@example.com"] == "caller and operator"
