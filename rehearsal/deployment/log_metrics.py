"""Metrics that Cloud Logging counts of what a service's revisions write, as it is planned.

Filter, extractor and bounds are those of monitoring/metrics.yaml, of which Terraform makes the
project's metrics; the labels are those of the revision that wrote the line.
"""

from datetime import datetime
from pathlib import Path

from aiohttp import web

from local.observation.entries import SERVICES, Entry, Follower
from local.time_series import Sample, TimeSeries
from monitoring import catalogue, log_filter
from monitoring.catalogue import LogMetric
from monitoring.log_filter import Filter, field

Parsed = tuple[LogMetric, Filter]


class LogMetrics(TimeSeries):
    """The distributions of one service, read from its revisions' logs each time it is asked."""

    def __init__(self, name: str, folder: Path) -> None:
        """Count for a service, by its `name` in `entries.SERVICES`, with its logs in `folder`."""
        parsed = ((each, log_filter.parse(each.filter)) for each in catalogue.read().logs)
        self._metrics: list[Parsed] = [found for found in parsed if found[0].value_extractor]
        super().__init__(SERVICES[name], {each.name: each.bounds for each, _ in self._metrics})
        self._name, self._folder = name, folder
        self._followers: list[Follower] = []

    def follow(self, revision: str) -> None:
        """Count what a revision writes from now on."""
        self._followers.append(Follower(self._folder, self._name, revision))

    async def _answer(self, request: web.Request) -> web.Response:
        for follower in tuple(self._followers):
            for entry in follower.read():
                self._take(entry)
        return await super()._answer(request)

    def _take(self, entry: Entry) -> None:
        for metric, matches in self._metrics:
            value = log_filter.extract(str(metric.value_extractor), entry)
            if value is not None and matches(entry):
                revision = str(field(entry, "resource.labels.revision_name"))
                written = datetime.fromisoformat(str(entry["timestamp"])).timestamp()
                self.add(metric.name, Sample(written, revision, value))
