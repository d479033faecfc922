"""From log entries to Google's metrics, named as Cloud Monitoring's PromQL names them.

Counters count from the start of the recording.
Source: https://cloud.google.com/monitoring/promql/promql-mapping
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from local import layout
from local.measurements import BOUNDS_MS
from local.observation.entries import SERVICES, Entry
from local.pubsub.push import ACKNOWLEDGING
from local.request_log import LOG_NAME
from monitoring import log_filter
from monitoring.catalogue import LogMetric
from monitoring.log_filter import field

SUBSCRIPTION = layout.SUBSCRIPTION.rpartition("/")[2]
DEAD_LETTERS = layout.DEAD_LETTER_SUBSCRIPTION.rpartition("/")[2]
FUNCTION = SERVICES["function"]
REVISION = "cloud_run_revision"


def selector(name: str, **labels: str) -> str:
    """Write one series; labels are our own words, so none needs an escape."""
    written = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{written}}}"


class Figures:
    """What the entries so far add up to."""

    def __init__(self, metrics: Sequence[LogMetric], pace: float) -> None:
        """Count; a message is `pace` times as old as it says when it arrives."""
        self._metrics = [(metric, log_filter.parse(metric.filter)) for metric in metrics]
        self._pace = pace
        self._counters: defaultdict[str, float] = defaultdict(float)
        self._values: defaultdict[str, list[float]] = defaultdict(list)
        self.events: Counter[str] = Counter()
        """How often a service reported what."""

    def take(self, entry: Entry) -> None:
        """Count an entry."""
        service = str(field(entry, "resource.labels.service_name"))
        if entry["logName"] == LOG_NAME:
            self._request(entry, service)
        else:
            self.events[str(field(entry, "jsonPayload.event"))] += 1
            entry = self._hurried(entry)
        where = {"monitored_resource": REVISION, "service_name": service}
        for metric, matches in self._metrics:
            if not matches(entry):
                continue
            if metric.value_extractor is None:
                (name,) = metric.series
                self._counters[selector(name, **where)] += 1
            elif (found := log_filter.extract(metric.value_extractor, entry)) is not None:
                self._distribute(metric.series, where, found, metric.bounds)

    def counters(self) -> dict[str, float]:
        """Give all counters; none of them ever becomes less."""
        return dict(self._counters)

    def drain(self) -> Mapping[str, Sequence[float]]:
        """Give what is new of the requests' seconds by service, and of the `age`s of messages."""
        values, self._values = dict(self._values), defaultdict(list)
        return values

    def _request(self, entry: Entry, service: str) -> None:
        request = entry["httpRequest"]
        status, seconds = int(request["status"]), float(request["latency"].removesuffix("s"))
        group = f"{status // 100}xx"
        self.events[f"{service} {group}"] += 1
        if "textPayload" not in entry:  # see local/request_log.py
            where = {"monitored_resource": REVISION, "service_name": service}
            labels = {**where, "response_code_class": group}
            name = "run_googleapis_com:request"
            self._counters[selector(f"{name}_count", **labels)] += 1
            latencies = [f"{name}_latencies_{part}" for part in ("bucket", "sum", "count")]
            self._distribute(latencies, labels, seconds * 1000, BOUNDS_MS)
            self._values[service].append(seconds)
        # Replays come through another subscription, which a request log does not tell.
        if service == FUNCTION and request["requestMethod"] == "POST":
            answer = "ack" if status in ACKNOWLEDGING else f"remote_server_{group}"
            name = "pubsub_googleapis_com:subscription_push_request_count"
            self._counters[selector(name, **subscription(SUBSCRIPTION), response_class=answer)] += 1

    def _hurried(self, entry: Entry) -> Entry:
        fields: Any = field(entry, "jsonPayload.fields")
        age = field(fields, "e2e_seconds")
        if not isinstance(age, int | float):
            return entry
        if fields.get("status") == HTTPStatus.NO_CONTENT:
            self._values["age"].append(age)
        fields = {**fields, "e2e_seconds": age * self._pace}
        return {**entry, "jsonPayload": {**entry["jsonPayload"], "fields": fields}}

    def _distribute(
        self,
        series: Sequence[str],
        labels: Mapping[str, str],
        found: float,
        bounds: Sequence[float],
    ) -> None:
        bucket, total, count = series
        self._counters[selector(total, **labels)] += found
        self._counters[selector(count, **labels)] += 1
        # A bucket of Google's holds its lower bound, and not its upper one.
        for bound in (*bounds[bisect_right(bounds, found) :], "+Inf"):
            self._counters[selector(bucket, **labels, le=str(bound))] += 1


def subscription(name: str) -> dict[str, str]:
    """Write the labels of a subscription's metrics."""
    return {"monitored_resource": "pubsub_subscription", "subscription_id": name}


def gauges(waiting: tuple[int, float], dead: int, pace: float) -> Iterator[tuple[str, float]]:
    """Give what is so at this moment; `waiting` is how many messages wait and the oldest's age."""
    name = "pubsub_googleapis_com:subscription_"
    count, oldest_s = waiting
    yield selector(f"{name}num_undelivered_messages", **subscription(SUBSCRIPTION)), count
    yield selector(f"{name}num_undelivered_messages", **subscription(DEAD_LETTERS)), dead
    yield (
        selector(f"{name}oldest_unacked_message_age", **subscription(SUBSCRIPTION)),
        oldest_s * pace,
    )


def dead_letters(dead: int) -> dict[str, float]:
    """Count the dead letters of the subscription that gave them up; nothing until there is one."""
    name = "pubsub_googleapis_com:subscription_dead_letter_message_count"
    return {selector(name, **subscription(SUBSCRIPTION)): dead} if dead else {}
