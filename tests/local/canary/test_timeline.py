"""The seconds of the picture are those that the canary was decided on."""

from datetime import UTC, datetime, timedelta

from deploy.canary.metrics import Window
from deploy.canary.monitoring import Monitoring
from local.canary import timeline
from local.measurements import Measurements
from local.serving import serving

SECOND = timedelta(seconds=1)


def test_each_second_of_each_revision_is_counted_once():
    figures = Measurements("data-api")
    for status, seconds in [(200, 0.01), (503, 0.4), (503, 0.01)]:
        figures.note("data-api-2", status, seconds)
    figures.note("data-api-1", 200, 0.3)
    end = datetime.now(UTC) + SECOND
    with serving(figures.application()) as url:
        monitoring = Monitoring("local", lambda: "none", url=url, period=SECOND)
        found = timeline.read(monitoring, "data-api", Window(end - 10 * SECOND, end))
    assert {
        revision: [(tick.requests, tick.failed, tick.slow) for tick in ticks]
        for revision, ticks in found.items()
    } == {"data-api-1": [(1, 0, 1)], "data-api-2": [(3, 2, 1)]}
