"""Samples of a service's metrics, told in the shape in which Cloud Monitoring tells them.

Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
"""

import math
import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

MOST = 500_000
"""Samples of a metric that are remembered."""
_TERM = re.compile(r'([a-z_.]+) = "([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing that a revision did."""

    ended: float
    """Seconds since 1970."""
    revision: str
    value: float
    """In the metric's unit."""
    group: str = ""
    """The class of the answer, such as `2xx`, where the metric has that label."""


class TimeSeries:
    """The samples of one service."""

    def __init__(self, service: str, metrics: Mapping[str, Sequence[float]]) -> None:
        """Keep samples of `metrics`: by type the bounds of its buckets, none where it counts."""
        self._service = service
        self._bounds = metrics
        self._samples: dict[str, deque[Sample]] = {name: deque(maxlen=MOST) for name in metrics}

    def add(self, metric: str, sample: Sample) -> None:
        """Remember a sample."""
        self._samples[metric].append(sample)

    def application(self) -> web.Application:
        """Serve the API's one method; it knows the samples of this service alone."""
        app = web.Application()
        app.router.add_get("/v3/projects/{project}/timeSeries", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            return web.json_response({"timeSeries": list(self._series(request.query))})
        except (KeyError, ValueError) as exc:
            error = {"code": 400, "message": f"not understood: {exc}", "status": "INVALID_ARGUMENT"}
            return web.json_response({"error": error}, status=400)

    def _series(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        equal = terms(query["filter"])
        metric = equal.pop("metric.type")
        service = equal.pop("resource.labels.service_name")
        revision = equal.pop("resource.labels.revision_name", None)
        kind = equal.pop("resource.type")
        aligner, reducer = (
            query[f"aggregation.{name}"] for name in ("perSeriesAligner", "crossSeriesReducer")
        )
        period = float(query["aggregation.alignmentPeriod"].removesuffix("s"))
        if (aligner, reducer, kind) != ("ALIGN_DELTA", "REDUCE_SUM", "cloud_run_revision") or equal:
            raise ValueError("only sums of what a revision's metrics gained")
        if metric not in self._samples or not period > 0:
            raise ValueError(f"{metric} by {period} s")
        start, end = (_seconds(query[f"interval.{name}Time"]) for name in ("start", "end"))
        cells: defaultdict[tuple[str, str], defaultdict[int, list[Sample]]]
        cells = defaultdict(lambda: defaultdict(list))
        for each in tuple(self._samples[metric]) if service == self._service else ():
            if start < each.ended <= end and revision in {None, each.revision}:
                # Periods are counted back from the end of the interval.
                number = math.floor((end - each.ended) / period)
                cells[each.revision, each.group][number].append(each)
        bounds = self._bounds[metric]
        for (name, group), periods in cells.items():
            yield _render(metric, name, group, list(_points(bounds, periods, end, period)))


def terms(text: str) -> dict[str, str]:
    """Read a filter: what has to be equal to what.

    Raises:
        ValueError: it says something else.
    """
    found = [_TERM.fullmatch(term) for term in text.split(" AND ")]
    if not all(found):
        raise ValueError("the filter")
    return {term[1]: term[2] for term in found if term}


def _points(
    bounds: Sequence[float], periods: Mapping[int, list[Sample]], end: float, period: float
) -> Iterator[dict[str, Any]]:
    for number, samples in sorted(periods.items()):
        until = end - number * period
        value: dict[str, Any] = {"int64Value": str(len(samples))}
        if bounds:
            values = [each.value for each in samples]
            value = {"distributionValue": _distribution(values, bounds)}
        interval = {"startTime": _written(until - period), "endTime": _written(until)}
        yield {"interval": interval, "value": value}


def _render(
    metric: str, revision: str, group: str, points: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    labels = {"labels": {"response_code_class": group}} if group else {}
    return {
        "metric": {"type": metric, **labels},
        "resource": {"type": "cloud_run_revision", "labels": {"revision_name": revision}},
        "metricKind": "DELTA",
        "valueType": "DISTRIBUTION" if "distributionValue" in points[0]["value"] else "INT64",
        "points": points,
    }


def _distribution(values: Sequence[float], bounds: Sequence[float]) -> dict[str, Any]:
    counts = [0] * (len(bounds) + 1)
    for each in values:
        counts[bisect_right(bounds, each)] += 1
    return {
        "count": str(len(values)),
        "mean": sum(values) / len(values),
        "bucketOptions": {"explicitBuckets": {"bounds": list(bounds)}},
        "bucketCounts": [str(count) for count in counts],
    }


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
