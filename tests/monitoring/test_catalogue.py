"""A metric has in PromQL the name that Google's rule gives it, and the file has a shape."""

import pytest
import yaml
from pydantic import ValidationError

from monitoring import catalogue, log_filter

CATALOGUE = catalogue.read()


@pytest.mark.parametrize(
    "series",
    [
        "run_googleapis_com:request_count",
        "run_googleapis_com:request_latencies_bucket",
        "run_googleapis_com:request_latencies_count",
        "pubsub_googleapis_com:subscription_oldest_unacked_message_age",
        "monitoring_googleapis_com:uptime_check_check_passed",
        "logging_googleapis_com:user_ingest_committed",
        "logging_googleapis_com:user_ingest_e2e_seconds_sum",
    ],
)
def test_a_metric_has_its_name_in_promql(series):
    assert series in CATALOGUE.by_series


def test_a_distribution_is_never_read_as_a_number():
    assert "run_googleapis_com:request_latencies" not in CATALOGUE.by_series


@pytest.mark.parametrize("metric", CATALOGUE.logs, ids=lambda metric: metric.id)
def test_a_filter_names_the_resource_that_the_rules_name(metric):
    """One type alone: else PromQL could not tell whose series it reads."""
    log_filter.parse(metric.filter)
    assert metric.filter.startswith(f'resource.type="{metric.resource}"')
    assert len(metric.filter) < 20_000


WRONG = {
    "a distribution without bounds": lambda m: m["logs"][2].pop("bounds"),
    "a distribution without a value": lambda m: m["logs"][2].pop("value_extractor"),
    "a counter with bounds": lambda m: m["logs"][0].update(bounds=[1]),
    "bounds that fall": lambda m: m["logs"][2].update(bounds=[2, 1]),
    "a bound twice": lambda m: m["logs"][2].update(bounds=[1, 1]),
    "an unknown kind": lambda m: m["google"][0].update(kind="CUMULATIVE"),
    "a delay as text": lambda m: m["google"][0].update(delay_s="120"),
    "no labels": lambda m: m["google"][0].pop("labels"),
    "an unknown field": lambda m: m["logs"][0].update(label="x"),
    "a name that Terraform cannot use": lambda m: m["logs"][0].update(name="ingest/committed"),
    "no filter": lambda m: m["logs"][0].pop("filter"),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_metrics_of_another_shape_are_refused(tmp_path, spoil):
    document = yaml.safe_load(catalogue.PATH.read_text("utf-8"))
    spoil(document)
    (tmp_path / "metrics.yaml").write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(ValidationError):
        catalogue.read(tmp_path / "metrics.yaml")
