"""What no plan may hold, whatever the variables: over every resource of every run of every root."""

import json
import re

import pytest

from rehearsal import facts

PUBLIC = {"allUsers", "allAuthenticatedUsers", "projectReaders", "projectWriters"}
SECRET = re.compile(r"PRIVATE KEY|\bya29\.|\bgh[pousr]_\w{20}|\beyJ[\w-]{20,}\.|\"private_key\"")
UNSIGNED = re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.SIGNATURE_REMOVED_BY_GOOGLE\b")
"""What the uptime check tries to get in with: nobody signed it, so it is no secret."""
BASIC = {"roles/owner", "roles/editor", "roles/viewer"}


def leaves(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def resources(planned_runs):
    return [
        (f"{root}, {run}: {resource.address}", resource)
        for (root, run), planned in planned_runs.items()
        for resource in planned
    ]


def test_nobody_is_everybody(planned_runs):
    """Also not inside of a text, such as a policy written as JSON."""
    for where, resource in resources(planned_runs):
        # A runbook may say of whom to beware.
        told = {**resource.values, "documentation": None}
        for leaf in leaves(told):
            assert not any(word in str(leaf) for word in PUBLIC), where


def test_no_basic_role(planned_runs):
    for where, resource in resources(planned_runs):
        assert resource.values.get("role") not in BASIC, where


def test_every_image_is_named_by_digest(planned_runs):
    seen = 0
    for where, resource in resources(planned_runs):
        for image in re.findall(r'"image": "([^"]*)"', json.dumps(resource.values)):
            assert re.search(r"@sha256:[0-9a-f]{64}$", image), where
            seen += 1
    assert seen > 10


def test_every_service_is_guarded(planned_runs):
    """IAM decides, only attested images run, as an identity of the service's own."""
    services = [
        (where, resource.values)
        for where, resource in resources(planned_runs)
        if resource.type == "google_cloud_run_v2_service"
    ]
    assert len(services) > 10
    for where, service in services:
        (template,) = service["template"]
        (container,) = template["containers"]
        assert service["invoker_iam_disabled"] is False, where
        assert service["binary_authorization"] == [
            {"use_default": True, "policy": None, "breakglass_justification": None}
        ], where
        assert service["default_uri_disabled"] is False, where
        assert service["iap_enabled"] is None, where
        assert not template["service_account"].endswith("-compute@developer.gserviceaccount.com")
        assert template["encryption_key"].startswith("projects/"), where
        assert template["scaling"][0]["max_instance_count"] >= 1, where
        assert container["startup_probe"], where
        assert container["liveness_probe"], where
        (ready,) = container["readiness_probe"]
        assert ready["http_get"][0]["path"] == "/health/ready", where
        assert container["resources"][0]["cpu_idle"] is True, where
        assert sum(target["percent"] for target in service["traffic"]) == 100, where
        assert {target["type"] for target in service["traffic"]} == {
            "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
        }, where


ENTRANCES = {
    "all": "INGRESS_TRAFFIC_ALL",
    "load_balancer": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
}
"""Where the API is reached, by whether the plan has a load balancer."""


def test_services_are_reached_as_the_perimeter_says(planned_runs):
    """The function from inside alone; the API at its own address, or past the load balancer."""
    seen = set()
    for where, planned in planned_runs.items():
        balanced = any(r.type == "google_compute_global_address" for r in planned)
        expected = {
            "module.api[0].google_cloud_run_v2_service.this": ENTRANCES[
                "load_balancer" if balanced else "all"
            ],
            "module.function[0].google_cloud_run_v2_service.this": "INGRESS_TRAFFIC_INTERNAL_ONLY",
        }
        for resource in planned:
            if resource.type == "google_cloud_run_v2_service":
                assert resource.values["ingress"] == expected[resource.address], where
                seen.add((resource.address, resource.values["ingress"]))
    assert len(seen) == 3


def test_each_service_runs_as_somebody_else(serving):
    accounts = [
        resource.values["template"][0]["service_account"]
        for resource in serving
        if resource.type == "google_cloud_run_v2_service"
    ]
    assert len(accounts) == len(set(accounts)) == 2


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("google_pubsub_topic", "kms_key_name"),
        ("google_bigquery_table", "encryption_configuration"),
        ("google_bigquery_dataset", "default_encryption_configuration"),
        ("google_storage_bucket", "encryption"),
        ("google_artifact_registry_repository", "kms_key_name"),
    ],
)
def test_everything_that_keeps_data_has_our_key(planned_runs, kind, where):
    kept = [pair for pair in resources(planned_runs) if pair[1].type == kind]
    assert kept
    for name, resource in kept:
        assert "/cryptoKeys/" in json.dumps(resource.values[where]), name


def test_no_subscription_expires(planned_runs):
    """One that nobody used for a month is deleted by default, its messages with it."""
    kept = [p for p in resources(planned_runs) if p[1].type == "google_pubsub_subscription"]
    assert kept
    for where, resource in kept:
        assert resource.values["expiration_policy"] == [{"ttl": ""}], where


def test_no_secret_is_in_a_plan(planned_runs):
    """No attribute that the provider calls sensitive is set, and no text looks like a secret."""
    for where, resource in resources(planned_runs):
        assert not SECRET.search(UNSIGNED.sub("", json.dumps(resource.values))), where
        assert "secret" not in resource.type, where
        assert not resource.type.endswith("_key") or resource.type == "google_kms_crypto_key", where
        assert set_sensitive(schema(resource.type), resource.values) == [], where


def schema(kind):
    return facts.whole()["resource_schemas"][kind]["block"]


def set_sensitive(block, values):
    """List the sensitive attributes of a block that have a value."""
    found = [
        name
        for name, attribute in block.get("attributes", {}).items()
        if attribute.get("sensitive") and values.get(name)
    ]
    for name, nested in block.get("block_types", {}).items():
        inner = values.get(name) or []
        for each in inner if isinstance(inner, list) else [inner]:
            found += set_sensitive(nested["block"], each)
    return found


def test_a_set_secret_would_be_found():
    values = {"name": "n", "iap": [{"oauth2_client_secret": "x"}]}
    block = schema("google_compute_backend_service")
    assert set_sensitive(block, values) == ["oauth2_client_secret"]


@pytest.mark.parametrize(
    ("root", "run"), [("terraform/bootstrap", "ordinary"), ("terraform", "serving")]
)
def test_whatever_can_be_protected_from_deletion_is(planned_runs, root, run):
    """One resource that left the variable out would be gone with a slip of a plan."""
    policies = {
        each.address: each.values["deletion_policy"]
        for each in planned_runs[root, run]
        if each.values.get("deletion_policy") is not None
    }
    # What says nothing of it gets a word from the mocked provider.
    assert list(policies.values()).count("PREVENT") > 3, policies
    assert not set(policies.values()) & {"DELETE", "ABANDON"}, policies
