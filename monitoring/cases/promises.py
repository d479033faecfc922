"""Cases of the generated alerts: the same stories for each promise and each pair of windows.

They are told close to the limit, and exactly at it, so that a wrong window or number shows.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from monitoring import burn_rates
from monitoring.cases.case import Case
from monitoring.cases.series import Samples, Series, counter
from monitoring.durations import seconds
from monitoring.objectives import BurnWindow, Objective, Promises

EACH_STEP = 200_000
"""Events in a step: so many that each share of them used here is a whole number."""
SHORT_STEPS = 5
"""Steps within the short window."""
LOGGED = {"monitored_resource": "cloud_run_revision"}
API = {**LOGGED, "service_name": "data-api"}
SUBSCRIPTION = {
    "monitored_resource": "pubsub_subscription",
    "subscription_id": "data-ingest-subscription",
}

Events = Samples | None
"""None: there has never been one, so there is no series of it."""
Measured = Callable[[Events, Events, Events], list[Series]]
"""What is measured of events that are bad in one way, bad in the other way, and good."""


def cases(promises: Promises) -> list[Case]:
    """Make the cases of all generated alerts."""
    return [
        case
        for objective in promises.objectives
        for window in promises.windows
        for case in _cases(objective, window, promises.fewest_bad)
    ]


def _cases(objective: Objective, window: BurnWindow, fewest_bad: int) -> Iterator[Case]:
    measured = MEASURED[objective.name]
    step_m = _minutes(window.short) // SHORT_STEPS

    def case(
        name: str, series: list[Series], *, fires: Sequence[int] = (), silent: Sequence[int] = ()
    ) -> Case:
        return Case(
            alert=burn_rates.name(objective, window),
            name=name,
            series=series,
            fires=[step * step_m for step in fires],
            silent=[step * step_m for step in silent],
            step_m=step_m,
        )

    # Full of good events, as long as two long windows. Then a bad share 1.2 times the limit: after
    # 5/6 of the long window its share is exactly the limit. Then 1.3 times the limit, and an end.
    limit = objective.budget * window.burn
    long = _minutes(window.long) // step_m
    begins, exactly = 2 * long, 2 * long + 5 * long // 6
    ends = exactly + 1 + 2 * SHORT_STEPS
    story = [
        (Decimal(0), begins),
        (limit * Decimal("1.2"), exactly + 1 - begins),
        (limit * Decimal("1.3"), 2 * SHORT_STEPS),
        (Decimal(0), 2),
        (limit, SHORT_STEPS + 1),
    ]
    bad = counter(*((int(EACH_STEP * share), steps) for share, steps in story))
    good = counter(*((EACH_STEP - int(EACH_STEP * share), steps) for share, steps in story))
    yield case(
        "burns a little too fast for a long window, stops, and burns as fast as it may",
        measured(*_both(bad), good),
        fires=[exactly + 1, ends, ends + 1],
        silent=[begins, exactly, ends + 2, ends + 2 + SHORT_STEPS],
    )
    good_one = counter((0, 3), (1, 1), (0, 4))
    few, fewer = (counter((0, 3), (each, 1), (0, 4)) for each in (fewest_bad, fewest_bad - 1))
    yield case(
        f"{fewest_bad} events, bad in both ways",
        measured(*_both(few), counter((0, 8))),
        fires=[4],
        silent=[3],
    )
    yield case(
        f"not quite {fewest_bad} bad events, and a good one",
        measured(*_both(counter((0, 3), (fewest_bad - 0.25, 1), (0, 4))), good_one),
        silent=[3, 4, 8],
    )
    for way in WAYS[objective.name]:
        until = exactly + 1
        yield case(
            f"burns as fast as it may, in way {way}",
            measured(*_one(bad[:until], way), good[:until]),
            silent=[begins, exactly],
        )
        everything = counter((EACH_STEP, 8))
        yield case(
            f"everything is bad in way {way}",
            measured(*_one(everything, way), None),
            fires=[1, 8],
        )
        yield case(
            f"{fewest_bad} events, bad in way {way}",
            measured(*_one(few, way), None),
            fires=[4],
            silent=[3],
        )
        yield case(
            f"{fewest_bad - 1} events, bad in way {way}",
            measured(*_one(fewer, way), None),
            silent=[3, 4, 8],
        )


def _both(events: Samples) -> tuple[Events, Events]:
    half = [None if sample is None else sample / 2 for sample in events]
    return half, half


def _one(events: Samples, way: int) -> tuple[Events, Events]:
    return (events, None) if way == 1 else (None, events)


def _minutes(duration: str) -> int:
    return int(seconds(duration) // 60)


def _sum(*events: Events) -> Events:
    there = [each for each in events if each is not None]
    if not there:
        return None
    return [sum(sample or 0 for sample in step) for step in zip(*there, strict=True)]


def _series(metric: str, labels: dict[str, str], events: Events) -> list[Series]:
    return [] if events is None else [Series(metric, labels, events, loud=1e9)]


def _availability(errors: Events, refused: Events, good: Events) -> list[Series]:
    name = "run_googleapis_com:request_count"
    return [
        *_series(name, {**API, "response_code_class": "5xx"}, errors),
        *_series(name, {**API, "response_code_class": "2xx"}, good),
        *_series("logging_googleapis_com:user_api_overloaded", LOGGED, refused),
    ]


def _latency(slow: Events, slow_as_well: Events, fast: Events) -> list[Series]:
    requests = _sum(slow, slow_as_well, fast)
    return [
        *_series("logging_googleapis_com:user_api_requests", LOGGED, requests),
        *_series("logging_googleapis_com:user_api_fast", LOGGED, fast),
    ]


def _freshness(late: Events, dead: Events, fresh: Events) -> list[Series]:
    return [
        *_series("logging_googleapis_com:user_ingest_late", LOGGED, late),
        *_series("logging_googleapis_com:user_ingest_committed", LOGGED, _sum(late, fresh)),
        *_series(
            "pubsub_googleapis_com:subscription_dead_letter_message_count", SUBSCRIPTION, dead
        ),
    ]


WAYS = {"api_availability": (1, 2), "api_latency": (1,), "ingest_freshness": (1, 2)}
"""In which ways an event can be bad."""
MEASURED: dict[str, Measured] = {
    "api_availability": _availability,
    "api_latency": _latency,
    "ingest_freshness": _freshness,
}
