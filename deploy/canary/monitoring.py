"""Reads time series from Cloud Monitoring, over REST.

What its documentation does not promise is refused and never guessed: no answer here means zero.
Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
import urllib3
from pydantic import ValidationError

from deploy.canary.metrics import SourceError, Window
from deploy.canary.series import Page, Series

URL = "https://monitoring.googleapis.com"
TIMEOUT_S = 30
MOST_PAGES = 20
MOST_BYTES = 8 << 20
"""Of one page; two revisions' figures of a few minutes are some thousand bytes."""
_HINTS = {
    401: ": its token is missing or has expired",
    403: ": its identity needs monitoring.timeSeries.list",
}
_VALUE = re.compile(r"[A-Za-z0-9_./-]{1,200}")


class Monitoring:
    """A project's time series."""

    def __init__(
        self,
        project: str,
        token: Callable[[], str],
        *,
        url: str = URL,
        period: timedelta = timedelta(minutes=1),
    ) -> None:
        """Read with a bearer token, asked for anew each time since it is short-lived.

        `url` is another one only where something in the API's shape runs on this machine.

        Raises:
            ValueError: the token would go over the network unencrypted.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
            raise ValueError("Cloud Monitoring is asked over https, or on this machine")
        self._url = f"{url}/v3/projects/{_safe(project)}/timeSeries"
        self._token = token
        self._period = period

    def delta(
        self, metric: str, window: Window, *, by: tuple[str, ...], **resource: str
    ) -> list[Series]:
        """Read what a metric gained in each period of a window.

        Args:
            metric: its type, such as `run.googleapis.com/request_count`.
            window: a whole number of periods.
            by: the labels that are kept apart, such as `metric.labels.response_code_class`.
            resource: labels of the `cloud_run_revision` that must be equal.

        Raises:
            SourceError: no answer, a refusal, a part of the answer is missing, or it is not in the
                documented shape.
        """
        equal = {"metric.type": metric, "resource.type": "cloud_run_revision"}
        equal |= {f"resource.labels.{name}": value for name, value in resource.items()}
        wanted: dict[str, str | list[str]] = {
            "filter": " AND ".join(f'{name} = "{_safe(value)}"' for name, value in equal.items()),
            "interval.startTime": _written(window.start),
            "interval.endTime": _written(window.end),
            "aggregation.alignmentPeriod": f"{self._period.total_seconds():.0f}s",
            "aggregation.perSeriesAligner": "ALIGN_DELTA",
            "aggregation.crossSeriesReducer": "REDUCE_SUM",
            "aggregation.groupByFields": list(by),
            "view": "FULL",
        }
        found = [series for page in self._pages(wanted) for series in page.timeSeries]
        kept = [name for name in resource if f"resource.labels.{name}" in by]
        asked = (metric, {name: resource[name] for name in kept})
        if any((each.metric.type, _only(kept, each.resource.labels)) != asked for each in found):
            raise SourceError("Cloud Monitoring answered another question")
        _check(found, window)
        return found

    def _pages(self, wanted: Mapping[str, str | list[str]]) -> Iterator[Page]:
        following = ""
        for _ in range(MOST_PAGES):
            page = self._page({**wanted, "pageToken": following} if following else wanted)
            if page.executionErrors:
                raise SourceError("Cloud Monitoring left out a part of its answer")
            yield page
            following = page.nextPageToken
            if not following:
                return
        raise SourceError(f"Cloud Monitoring's answer has more than {MOST_PAGES} pages")

    def _page(self, wanted: Mapping[str, str | list[str]]) -> Page:
        try:
            with requests.get(
                self._url,
                params=wanted,
                auth=self._authorize,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
                if answer.status_code != 200:  # noqa: PLR2004 - of HTTP
                    hint = _HINTS.get(answer.status_code, "")
                    raise SourceError(f"Cloud Monitoring answered {answer.status_code}{hint}")
        # urllib3's own errors leave `raw` as they are.
        except (requests.RequestException, OSError, urllib3.exceptions.HTTPError) as exc:
            raise SourceError(f"Cloud Monitoring gave no answer: {type(exc).__name__}") from exc
        if len(body) > MOST_BYTES:
            raise SourceError("Cloud Monitoring's answer is too long")
        try:
            return Page.model_validate_json(body)
        except ValidationError as exc:
            places = {".".join(map(str, error["loc"])) for error in exc.errors()}
            raise SourceError(
                f"not Cloud Monitoring's shape: {', '.join(sorted(places))[:200]}"
            ) from exc

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, and not as a header, which a .netrc would replace.
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return request


def _only(names: list[str], labels: Mapping[str, str]) -> dict[str, str | None]:
    return {name: labels.get(name) for name in names}


def _check(found: list[Series], window: Window) -> None:
    """Refuse what would be counted twice, or was not asked for. A page may end within a series."""
    seen = set()
    for series in found:
        labels = frozenset(series.metric.labels.items()), frozenset(series.resource.labels.items())
        for point in series.points:
            start, end = point.interval.startTime, point.interval.endTime
            if (*labels, end) in seen:
                raise SourceError("Cloud Monitoring counts a period twice")
            if not window.start <= start <= end <= window.end:
                raise SourceError("Cloud Monitoring's figures are from outside of the window")
            seen.add((*labels, end))


def _safe(value: str) -> str:
    """Let nothing into a filter that could end its quotes.

    Raises:
        ValueError: it is no name of Google Cloud's.
    """
    if not _VALUE.fullmatch(value):
        raise ValueError(f"{value!r:.80} is no name of a project, metric or revision")
    return value


def _written(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
