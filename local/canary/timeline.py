"""What each revision did in each second, out of the figures on which the canary was decided."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.canary import cloud_run
from deploy.canary.metrics import Count, Window
from deploy.canary.monitoring import Monitoring


@dataclass(frozen=True, slots=True)
class Tick:
    """One second of one revision."""

    end: datetime
    requests: int
    failed: int
    slow: int
    """Failed ones may be slow too."""


def read(monitoring: Monitoring, service: str, window: Window) -> Mapping[str, Sequence[Tick]]:
    """Read the seconds of a window in which there were requests, by revision and in order."""
    found: defaultdict[str, defaultdict[datetime, dict[str, Count]]]
    found = defaultdict(lambda: defaultdict(dict))
    for name, indicator in cloud_run.API.items():
        for series in monitoring.delta(
            indicator.metric, window, by=indicator.by, service_name=service
        ):
            revision = found[series.resource.labels["revision_name"]]
            for point in series.points:
                second = revision[point.interval.endTime]
                before = second.get(name, Count(0, 0))
                more = indicator.count(series, point)
                second[name] = Count(before.total + more.total, before.bad + more.bad)
    return {
        revision: [_tick(end, counts) for end, counts in sorted(seconds.items())]
        for revision, seconds in sorted(found.items())
    }


def _tick(end: datetime, counts: Mapping[str, Count]) -> Tick:
    nothing = Count(0, 0)
    availability, latency = (counts.get(name, nothing) for name in ("availability", "latency"))
    return Tick(end, availability.total, availability.bad, latency.bad)
