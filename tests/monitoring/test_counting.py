"""Each metric of ours counts what it should, in lines that the services really wrote."""

import json

import pytest

from deploy.canary.cloud_run import FUNCTION
from monitoring import catalogue, log_entry, log_filter
from tests.app.doubles import STRANGER
from tests.monitoring.conftest import REPLAYS
from tests.monitoring.platform import ENTRIES

METRICS = {metric.id: metric for metric in catalogue.read().logs}
FILTERS = {name: log_filter.parse(metric.filter) for name, metric in METRICS.items()}


def counted(entries):
    """Count the entries that each metric matches; a metric without any is left out."""
    counts = {name: sum(map(matches, entries)) for name, matches in FILTERS.items()}
    return {name: count for name, count in counts.items() if count}


def written(stream, service):
    return [log_entry.of_line(line, service=service) for line in stream.getvalue().splitlines()]


def happenings(function):
    """Let everything happen to the function once, and some of it twice."""
    statuses = [
        function.push(function.message()),
        function.push(function.message(age_s=61)),
        function.push(
            function.message(function.message(age_s=5000), subscription=REPLAYS, attributes={})
        ),
        function.push(function.message(b"poison")),
        function.push(function.message(), email=None),
        function.push(function.message(), email=STRANGER),
        function.push(function.message(subscription="projects/p/subscriptions/other")),
        function.push(b"no push"),
        function.down(function.message()),
    ]
    assert statuses == [204, 204, 204, 204, 401, 403, 403, 400, 503]


OF_THE_FUNCTION = {
    "ingest_committed": 2,
    "ingest_late": 1,
    "ingest_e2e_seconds": 2,
    "ingest_quarantined": 1,
    "refused_behind_iam": 3,
}


def test_what_the_function_logs_is_counted_once_each(function):
    happenings(function)
    assert counted(written(function.stream, "pubsub-to-bigquery")) == OF_THE_FUNCTION


def test_the_distribution_gets_the_seconds(function):
    happenings(function)
    metric = METRICS["ingest_e2e_seconds"]
    lines = written(function.stream, "pubsub-to-bigquery")
    matching = filter(FILTERS[metric.id], lines)
    soon, late = (log_filter.extract(metric.value_extractor, entry) for entry in matching)
    assert 0 <= soon < 10
    assert 61 <= late < 71


@pytest.mark.parametrize(("seconds", "late"), [(59.999, 0), (60, 1), (60.0, 1), (61.5, 1)])
def test_late_begins_where_the_distributions_bucket_does(function, seconds, late):
    """A bucket holds its lower bound: both say the same of exactly 60 s."""
    function.push(function.message())
    (entry,) = written(function.stream, "pubsub-to-bigquery")
    entry["jsonPayload"]["fields"]["e2e_seconds"] = seconds
    assert counted([entry]).get("ingest_late", 0) == late
    assert 60 in METRICS["ingest_e2e_seconds"].bounds


def test_what_the_api_logs_is_counted_once_each(api):
    statuses = [
        api.get().status_code,
        api.get(email=None).status_code,
        api.get(email=STRANGER).status_code,
        api.get("/data?limit=0").status_code,
        api.get("/health/ready").status_code,
    ]
    assert statuses == [200, 401, 403, 400, 200]
    assert counted(written(api.stream, "data-api")) == {"refused_behind_iam": 2}


def renamed(entry, old, new):
    fields = entry["jsonPayload"]["fields"]
    if old in fields:
        fields[new] = fields.pop(old)


def reshaped(entry):
    payload = entry["jsonPayload"]
    payload["details"] = payload.pop("fields")


CHANGES = {
    "an event with another name": lambda e: e["jsonPayload"].update(
        event=e["jsonPayload"]["event"].replace("ingest.", "function.")
    ),
    "e2e_seconds with another name": lambda e: renamed(e, "e2e_seconds", "age_seconds"),
    "seconds as text": lambda e: e["jsonPayload"]["fields"].update(
        e2e_seconds=str(e["jsonPayload"]["fields"].get("e2e_seconds"))
    ),
    "milliseconds": lambda e: e["jsonPayload"]["fields"].update(
        e2e_seconds=1000 * e["jsonPayload"]["fields"].get("e2e_seconds", 0) + 60
    ),
    "fields with another name": reshaped,
    "a line that is text": lambda e: e.update(textPayload=str(e.pop("jsonPayload"))),
    "another service": lambda e: e["resource"]["labels"].update(service_name="pubsub-to-table"),
    "standard error": lambda e: e.update(logName=e["logName"].replace("stdout", "stderr")),
    "replays that count": lambda e: e["jsonPayload"]["fields"].setdefault("e2e_seconds", 1.0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_line_that_changed_its_shape_is_noticed(function, change):
    happenings(function)
    lines = written(function.stream, "pubsub-to-bigquery")
    for entry in lines:
        change(entry)
    assert counted(lines) != OF_THE_FUNCTION


@pytest.mark.parametrize("field", ["decision", "status"])
def test_an_audit_line_that_changed_its_shape_is_noticed(api, field):
    api.get(email=None)
    (entry,) = written(api.stream, "data-api")
    assert counted([entry])
    renamed(entry, field, f"the_{field}")
    assert not counted([entry])


def test_a_status_as_text_is_noticed(api):
    api.get(email=None)
    (entry,) = written(api.stream, "data-api")
    entry["jsonPayload"]["fields"]["status"] = "401"
    assert not counted([entry])


@pytest.mark.parametrize(("entry", "metrics"), ENTRIES.values(), ids=ENTRIES)
def test_what_the_platform_logs_is_counted_by_these_metrics(entry, metrics):
    assert counted([entry]) == dict.fromkeys(metrics, 1)


def test_every_metric_counts_something(function, api):
    happenings(function)
    api.get(email=None)
    lines = written(function.stream, "pubsub-to-bigquery") + written(api.stream, "data-api")
    assert counted([*lines, *(entry for entry, _ in ENTRIES.values())]).keys() == METRICS.keys()


def test_a_caller_cannot_make_a_line_that_counts(function):
    """What is not ours stands below `fields`, as a text."""
    forged = json.dumps({"event": "ingest.committed", "fields": {"e2e_seconds": 1}})
    function.push(function.message(subscription=forged))
    assert counted(written(function.stream, "pubsub-to-bigquery")) == {"refused_behind_iam": 1}


def test_the_canary_asks_for_a_metric_that_is_made():
    wanted = {each.metric for each in FUNCTION.values() if "/user/" in each.metric}
    assert wanted == {METRICS["ingest_e2e_seconds"].name}
    assert FUNCTION["freshness"].threshold in METRICS["ingest_e2e_seconds"].bounds
    assert {"service_name", "revision_name"} <= set(METRICS["ingest_e2e_seconds"].labels)
