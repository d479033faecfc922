"""What the small reader takes from the files is what Terraform itself plans."""

import pytest

from monitoring.configured import Configured
from monitoring.durations import seconds

KNOWN = Configured.read()


@pytest.mark.parametrize("name", ["api", "function"])
def test_a_service_gets_what_the_reader_read(find, name):
    service = getattr(KNOWN, name)
    (template,) = find(f"module.{name}[0].google_cloud_run_v2_service.this")["template"]
    (scaling,), (container,) = template["scaling"], template["containers"]
    memory = container["resources"][0]["limits"]["memory"]
    assert template["max_instance_request_concurrency"] == service.threads
    assert scaling["max_instance_count"] == service.max_instances
    assert scaling["min_instance_count"] == service.min_instances
    assert container["resources"][0]["limits"]["cpu"] == str(service.vcpus)
    assert {f"{service.memory_gib * 1024:.0f}Mi", f"{service.memory_gib:.0f}Gi"} & {memory}


def test_the_api_is_told_what_the_reader_read(find):
    (template,) = find("module.api[0].google_cloud_run_v2_service.this")["template"]
    told = {each["name"]: each["value"] for each in template["containers"][0]["env"]}
    assert seconds(told["DEFAULT_LOOKBACK"]) == KNOWN.default_lookback_s
    assert seconds(told["DEDUP_WINDOW"]) == KNOWN.dedup_window_s
    assert int(told["MAX_BYTES_BILLED"]) == KNOWN.max_bytes_billed
    assert int(told["RATE_LIMIT_PER_MINUTE"]) == KNOWN.rate_limit_per_minute


def test_the_subscription_and_the_table_keep_what_the_reader_read(find):
    subscription = find("google_pubsub_subscription.ingest[0]")
    (retry,), (dead,) = subscription["retry_policy"], subscription["dead_letter_policy"]
    assert seconds(retry["minimum_backoff"]) == KNOWN.minimum_backoff_s
    assert seconds(retry["maximum_backoff"]) == KNOWN.maximum_backoff_s
    assert dead["max_delivery_attempts"] == KNOWN.max_delivery_attempts
    topic = find("google_pubsub_topic.ingest")["message_retention_duration"]
    assert seconds(topic) == KNOWN.message_days * 86400
    (partition,) = find("google_bigquery_table.rows")["time_partitioning"]
    assert int(partition["expiration_ms"]) == KNOWN.row_days * 86_400_000


def test_bootstrap_makes_the_keys_that_are_counted(planned_runs):
    keys = [
        resource.values
        for resource in planned_runs["terraform/bootstrap", "ordinary"]
        if resource.type == "google_kms_crypto_key"
    ]
    encrypting = [key for key in keys if key["purpose"] == "ENCRYPT_DECRYPT"]
    assert len(encrypting) == KNOWN.encryption_keys
    assert {int(seconds(key["rotation_period"])) for key in encrypting} == {
        KNOWN.key_rotation_days * 86400
    }
    assert len(keys) == KNOWN.encryption_keys + 1


def test_the_edge_has_as_many_rules_as_are_paid_for(planned_runs):
    rules = {
        len(resource.values["rule"])
        for key in planned_runs
        if key[0] == "terraform"
        for resource in planned_runs[key]
        if resource.type == "google_compute_security_policy"
    }
    assert min(rules) == KNOWN.edge_rules
