"""What this machine tells of its requests is what Cloud Monitoring would tell, in its shape."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from deploy.canary import cloud_run
from deploy.canary.metrics import Count, SourceError, Window
from deploy.canary.monitoring import Monitoring
from local.measurements import Measurements
from local.serving import serving

SECOND = timedelta(seconds=1)


@pytest.fixture
def measured():
    """A service's figures, and a way to read them as the canary does."""
    figures = Measurements("data-api")
    with serving(figures.application()) as url:
        monitoring = Monitoring("local-pipeline", lambda: "none", url=url, period=SECOND)
        figures.url = url
        figures.source = cloud_run.CloudRun(monitoring, "data-api", cloud_run.API)
        yield figures


def window():
    now = datetime.now(UTC)
    return Window(now - 10 * SECOND, now)


def test_the_canarys_own_code_reads_what_happened(measured):
    for status, seconds in [(200, 0.01), (200, 0.299), (404, 0.3), (500, 0.001), (503, 60)]:
        measured.note("api-new", status, seconds)
    measured.note("api-old", 200, 0.01)
    seen = measured.source.read("api-new", window())
    assert seen.counts == {"availability": Count(5, 2), "latency": Count(5, 2)}
    assert measured.source.read("api-old", window()).counts["availability"] == Count(1, 0)


def test_nothing_is_not_zero(measured):
    measured.note("api-old", 200, 0.01)
    assert measured.source.read("api-new", window()) is None
    now = datetime.now(UTC)
    assert measured.source.read("api-old", Window(now - 9 * SECOND, now - 4 * SECOND)) is None


def test_figures_that_stopped_coming_are_seen_to_be_old(measured):
    measured.note("api-new", 200, 0.01)
    end = datetime.now(UTC) + 5 * SECOND
    seen = measured.source.read("api-new", Window(end - 10 * SECOND, end))
    assert seen.newest <= end - 4 * SECOND


def test_another_service_has_no_figures_here(measured):
    measured.note("api-new", 200, 0.01)
    monitoring = Monitoring("local-pipeline", lambda: "none", url=measured.url, period=SECOND)
    other = cloud_run.CloudRun(monitoring, "pubsub-to-bigquery", cloud_run.API)
    assert other.read("api-new", window()) is None


def test_a_metric_that_is_not_measured_here_is_an_error(measured):
    function = cloud_run.CloudRun(
        Monitoring("local-pipeline", lambda: "none", url=measured.url, period=SECOND),
        "data-api",
        cloud_run.FUNCTION,
    )
    with pytest.raises(SourceError, match="400"):
        function.read("api-new", window())


@pytest.mark.parametrize("query", ["", "filter=x", "filter=metric.type%20%3D%20%22a%22%20OR%20b"])
def test_a_question_that_is_not_understood_is_refused(measured, query):
    answer = requests.get(f"{measured.url}/v3/projects/p/timeSeries?{query}", timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
