"""From the time series of Cloud Run's metrics to what an objective counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from deploy.canary.distribution import above
from deploy.canary.metrics import Count, Metrics, SourceError, Window
from deploy.canary.monitoring import Monitoring
from deploy.canary.series import Point, Series

REVISION = "resource.labels.revision_name"
CLASS = "response_code_class"


class Indicator(Protocol):
    """How an objective is measured."""

    @property
    def metric(self) -> str:
        """The metric's type."""

    @property
    def by(self) -> tuple[str, ...]:
        """The labels that have to be kept apart."""

    def count(self, series: Series, point: Point) -> Count:
        """Count what one point says.

        Raises:
            SourceError: it is no value of this metric.
        """


@dataclass(frozen=True, slots=True)
class Answered:
    """Requests, by the class of their answer. A class that is unknown is bad."""

    good: frozenset[str]
    metric: str = "run.googleapis.com/request_count"
    """Those that IAM refused, or for which no instance was free, are not in it."""
    by: tuple[str, ...] = (REVISION, f"metric.labels.{CLASS}")

    def count(self, series: Series, point: Point) -> Count:
        """Count requests."""
        if point.value.int64Value is None or CLASS not in series.metric.labels:
            raise SourceError(f"{self.metric}: no number, or no {CLASS}")
        total = int(point.value.int64Value)
        return Count(total, 0 if series.metric.labels[CLASS] in self.good else total)


@dataclass(frozen=True, slots=True)
class Within:
    """Values below a threshold, in the metric's unit."""

    metric: str
    threshold: float
    by: tuple[str, ...] = (REVISION,)

    def count(self, series: Series, point: Point) -> Count:  # noqa: ARG002 - as the other
        """Count values."""
        if point.value.distributionValue is None:
            raise SourceError(f"{self.metric}: no distribution")
        return above(point.value.distributionValue, self.threshold)


Indicators = Mapping[str, Indicator]

API: Indicators = {
    "availability": Answered(frozenset({"1xx", "2xx", "3xx", "4xx"})),
    # Milliseconds; how long an instance took to start is not in it.
    "latency": Within("run.googleapis.com/request_latencies", 300),
}
FUNCTION: Indicators = {
    # Pub/Sub delivers again whatever was answered otherwise.
    "acknowledgement": Answered(frozenset({"2xx"})),
    # Seconds. One distribution and no two counters: a missing one could be a zero.
    "freshness": Within("logging.googleapis.com/user/ingest_e2e_seconds", 60),
}


class CloudRun:
    """The figures of a service's revisions."""

    def __init__(self, monitoring: Monitoring, service: str, indicators: Indicators) -> None:
        """Measure `indicators`, named as the objectives are, of a service by its name."""
        self._monitoring = monitoring
        self._service = service
        self._indicators = indicators

    def read(self, revision: str, window: Window) -> Metrics | None:
        """Tell what a revision did; None if there is no figure at all.

        Raises:
            SourceError: the figures could not be read, or are no figures.
        """
        counts, newest = {}, []
        for name, indicator in self._indicators.items():
            found = self._monitoring.delta(
                indicator.metric,
                window,
                by=indicator.by,
                service_name=self._service,
                revision_name=revision,
            )
            points = [(series, point) for series in found for point in series.points]
            if points:
                each = [indicator.count(series, point) for series, point in points]
                counts[name] = Count(sum(c.total for c in each), sum(c.bad for c in each))
                newest.append(max(point.interval.endTime for _, point in points))
        # The oldest of the newest: no objective may rest on figures that stopped coming.
        return Metrics(window=window, newest=min(newest), counts=counts) if newest else None
