"""What usage costs: a month as it is expected, a month at its worst, and other ways in."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from monitoring.cost import usage
from monitoring.cost.prices import Prices
from monitoring.cost.usage import Usage
from monitoring.cost.volume import Volume
from monitoring.durations import MONTH_S
from monitoring.throughput import Throughput

MOST_MESSAGES = 10**12
"""Nobody looks for a break-even beyond so many a month."""


def charges(used: Usage, prices: Prices) -> dict[str, Decimal]:
    """Charge each thing, in US dollars, after what is free."""
    return {name: prices[name].charge(amount) for name, amount in used.items()}


def total(used: Usage, prices: Prices) -> Decimal:
    """Charge all of it."""
    return sum(charges(used, prices).values(), Decimal(0))


def expected(volume: Volume, throughput: Throughput) -> Usage:
    """Say what a month uses."""
    return usage.together(
        usage.standing(volume, throughput),
        usage.publishing(volume, throughput),
        usage.function(volume, throughput),
        usage.reading(volume, throughput),
    )


def worst(volume: Volume, throughput: Throughput) -> Usage:
    """Say what a month uses at most, while a publisher and the callers do their worst.

    The function stores all that it can. The callers ask as often as BigQuery lets the API ask, each
    time for as much as a query may read, until the project's daily quota is used up. All instances
    run all the time. Google may start more of them than the maximum for a quarter of an hour.
    """
    configured = throughput.configured
    most = replace(
        volume,
        messages=int(throughput.messages_per_s * MONTH_S),
        reads=int(throughput.reads_per_s * MONTH_S),
        distinct=Decimal(1),
        lookback_s=int(configured.default_lookback_s),
    )
    used = expected(most, throughput)
    used["bigquery_queries"] = min(
        Decimal(most.reads * configured.max_bytes_billed), usage.most_scanned_bytes(throughput)
    )
    always = (
        usage.instances(each, Decimal(each.max_instances * MONTH_S), requests)
        for each, requests in (
            (configured.function, most.messages),
            (configured.api, most.reads),
        )
    )
    return used | usage.together(*always)


def each_million(used: Usage, count: int, prices: Prices) -> Decimal:
    """Charge a million pieces of `count`, as if nothing were free."""
    whole = sum(
        (amount / prices[name].per * prices[name].usd for name, amount in used.items()), Decimal(0)
    )
    return whole / count * 1_000_000


def break_even(
    volume: Volume,
    throughput: Throughput,
    prices: Prices,
    other: Callable[[Volume], Usage],
) -> int | None:
    """Give the messages of a month from which on another way in is not dearer than the function.

    None where it always is. Both ways are charged with the topic and the table beside them.
    """

    def cheaper(messages: int) -> bool:
        load = replace(volume, messages=messages)
        topic = usage.publishing(load, throughput)
        mine = usage.together(topic, usage.function(load, throughput))
        return total(usage.together(topic, other(load)), prices) <= total(mine, prices)

    if not cheaper(MOST_MESSAGES):
        return None
    low, high = 0, MOST_MESSAGES
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if cheaper(middle) else (middle, high)
    return high
