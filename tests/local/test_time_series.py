"""A metric's samples are told in Cloud Monitoring's shape, with the metric's own buckets."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from deploy.canary.cloud_run import Within
from deploy.canary.metrics import Count, SourceError, Window
from deploy.canary.monitoring import Monitoring
from local.serving import serving
from local.time_series import Sample, TimeSeries, terms

SECOND = timedelta(seconds=1)
METRIC = "logging.googleapis.com/user/ages"
LABELS = {"service_name": "function", "revision_name": "function-new"}


@pytest.fixture
def told():
    series = TimeSeries("function", {METRIC: [1, 60, 600]})
    with serving(series.application()) as url:
        series.read = Monitoring("local-pipeline", lambda: "none", url=url, period=SECOND).delta
        yield series


def counted(told, metric=METRIC, threshold=60, **labels):
    now = datetime.now(UTC)
    indicator = Within(metric, threshold)
    window = Window(now - 10 * SECOND, now)
    found = told.read(metric, window, by=indicator.by, **LABELS | labels)
    return [indicator.count(each, point) for each in found for point in each.points]


def test_values_fall_into_the_metrics_own_buckets(told):
    for value in (0, 59.9, 60, 3600):
        told.add(METRIC, Sample(time.time() - 2, "function-new", value))
    told.add(METRIC, Sample(time.time() - 2, "function-old", 3600))
    assert counted(told) == [Count(4, 2)]
    assert counted(told, threshold=1) == [Count(4, 3)]
    assert counted(told, revision_name="function-old") == [Count(1, 1)]


def test_what_is_outside_of_the_window_is_not_told(told):
    told.add(METRIC, Sample(time.time() - 11, "function-new", 1))
    told.add(METRIC, Sample(time.time() + 60, "function-new", 1))
    assert counted(told) == []


def test_another_service_has_no_samples_here(told):
    told.add(METRIC, Sample(time.time() - 2, "function-new", 1))
    assert counted(told, service_name="api") == []


def test_a_metric_without_samples_here_is_an_error(told):
    with pytest.raises(SourceError, match="400"):
        counted(told, metric="logging.googleapis.com/user/other")


def test_a_filter_is_read():
    assert terms('a.b = "c/d" AND e = ""') == {"a.b": "c/d", "e": ""}


@pytest.mark.parametrize(
    "text", ["", "a", 'a = "b" OR c = "d"', 'a = "b" AND', 'a = "\\"', "a = b"]
)
def test_a_filter_that_says_something_else_is_refused(text):
    with pytest.raises(ValueError, match="filter"):
        terms(text)
