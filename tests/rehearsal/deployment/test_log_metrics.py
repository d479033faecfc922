"""What the canary reads of a function's freshness is what its revisions wrote, each by itself."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from deploy.canary import cloud_run
from deploy.canary.metrics import Count, SourceError, Window
from deploy.canary.monitoring import Monitoring
from local.serving import serving
from rehearsal.deployment.log_metrics import LogMetrics
from tests.local.observation.lines import written

SECOND = timedelta(seconds=1)
OLD, NEW = "pubsub-to-bigquery-0123456789ab", "pubsub-to-bigquery-ba9876543210"
FRESHNESS = cloud_run.FUNCTION["freshness"]


@pytest.fixture
def told(tmp_path):
    metrics = LogMetrics("function", tmp_path)
    with serving(metrics.application()) as url:
        monitoring = Monitoring("local-pipeline", lambda: "none", url=url, period=SECOND)
        indicators = {"freshness": FRESHNESS}
        metrics.source = cloud_run.CloudRun(monitoring, "pubsub-to-bigquery", indicators)
        yield metrics


def read(told, revision):
    end = datetime.now(UTC) + 5 * SECOND
    found = told.source.read(revision, Window(end - 30 * SECOND, end))
    return found and found.counts["freshness"]


def write(folder, revision, *lines):
    with (folder / f"{revision}.log").open("a", encoding="utf-8") as log:
        log.writelines(lines)


def committed(age, **fields):
    return written("ingest.committed", e2e_seconds=age, **fields)


def test_each_revisions_rows_are_its_own(told, tmp_path):
    for revision in (OLD, NEW):
        told.follow(revision)
    write(tmp_path, OLD, committed(0.1), committed(59.9))
    write(tmp_path, NEW, committed(0.1), committed(60.0), committed(3601))
    assert (read(told, OLD), read(told, NEW)) == (Count(2, 0), Count(3, 2))
    write(tmp_path, NEW, committed(1))
    assert read(told, NEW) == Count(4, 2), "a line is counted once"


@pytest.mark.parametrize(
    "line",
    [
        written("ingest.deferred", "WARNING", e2e_seconds=90.0),
        written("ingest.quarantined", e2e_seconds=1.0),
        written("ingest.committed", replayed=True),
        committed("90"),
        committed(-1),
        "INFO: booting\n",
        json.dumps({"fields": {"e2e_seconds": 90}}) + "\n",
        "\n",
    ],
    ids=["deferred", "quarantined", "replay", "text", "negative", "words", "no-event", "empty"],
)
def test_what_is_no_committed_row_says_nothing_about_freshness(told, tmp_path, line):
    told.follow(NEW)
    write(tmp_path, NEW, line)
    assert read(told, NEW) is None


def test_a_revision_that_is_not_followed_has_no_figures(told, tmp_path):
    write(tmp_path, NEW, committed(1))
    told.follow(NEW)
    assert read(told, NEW) is None, "what was written before is another revision's"


def test_what_the_platform_counts_is_not_counted_here(told):
    indicators = {"acknowledgement": cloud_run.FUNCTION["acknowledgement"]}
    source = cloud_run.CloudRun(told.source._monitoring, "pubsub-to-bigquery", indicators)
    now = datetime.now(UTC)
    with pytest.raises(SourceError, match="400"):
        source.read(NEW, Window(now - SECOND, now))
