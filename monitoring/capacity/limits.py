"""Which limit comes first when the load grows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from monitoring.capacity import traffic
from monitoring.cost import bill, usage
from monitoring.cost.prices import Prices
from monitoring.cost.volume import Volume
from monitoring.throughput import Throughput

FACTORS = (1, 10, 100, 1000)
"""The loads that are asked about, in multiples of the base load."""
HIGHEST = 1e7
"""A limit beyond so many times the base load is none."""
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends, and where it is set."""

    name: str
    factor: float
    """At so many times the base load, messages and reads growing alike."""
    allows: str
    source: str
    """A variable of Terraform, or the name of a quota in monitoring/quotas.toml."""


def ordered(throughput: Throughput, prices: Prices) -> list[Limit]:
    """Give all limits whose value is known, the first to come first."""
    found = [*_rates(throughput), *_totals(throughput, prices)]
    return sorted(found, key=lambda limit: limit.factor)


def reached(limits: list[Limit], factor: float) -> list[Limit]:
    """Give those that a load has reached."""
    return [limit for limit in limits if limit.factor <= factor]


def _rates(throughput: Throughput) -> list[Limit]:
    """Compare what fits into a second with the week's peak."""
    configured, quota = throughput.configured, throughput.quotas.value
    caller, address = configured.rate_limit_per_minute, configured.requests_per_minute_per_ip
    size = Volume().message_bytes
    queries = quota("bigquery_concurrent") / throughput.read_s
    messages = [
        ("the function's instances", throughput.messages_per_s, "function.max_instances"),
        ("pushes at a time", quota("pubsub_window") / throughput.push_s, "pubsub_window"),
        ("bytes published, by an old page", quota("pubsub_published") / size, "pubsub_published"),
        ("bytes inserted", quota("bigquery_inserted") / size, "bigquery_inserted"),
    ]
    reads = [
        ("the API's instances", throughput.api_reads_per_s, "api.max_instances"),
        ("the API's queries", float(quota("bigquery_queries")), "bigquery_queries"),
        ("its queries at a time", queries, "bigquery_concurrent"),
        ("one caller, at one instance", caller / 60, "api.rate_limit_per_minute"),
        ("one address, at the load balancer", address / 60, "requests_per_minute_per_ip"),
    ]
    base = {"messages": traffic.BASE_MESSAGES_PER_S, "reads": traffic.BASE_READS_PER_S}
    return [
        Limit(name, rate / (base[what] * traffic.PEAK), f"{rate:,.0f} {what}/s", source)
        for what, rates in (("messages", messages), ("reads", reads))
        for name, rate, source in rates
    ]


def _totals(throughput: Throughput, prices: Prices) -> list[Limit]:
    """Compare what fits into a query, a day or a month with the mean load."""
    configured, daily = throughput.configured, throughput.quotas.value("bigquery_scanned")
    most, budget = configured.max_bytes_billed, configured.monthly_budget
    dedup_s, lookback_s = int(configured.dedup_window_s), int(configured.default_lookback_s)

    def query(length_s: int) -> Callable[[Volume], bool]:
        return lambda load: usage.asked_bytes(load, dedup_s + length_s) > most

    def day(load: Volume) -> bool:
        return load.reads * usage.scanned_bytes(load, throughput) / 30 > daily

    def month(load: Volume) -> bool:
        return bill.total(bill.expected(load, throughput), prices) > budget

    size = f"{most / 2**30:g} GiB a query"
    amount, money = f"{daily / 2**40:,.0f} TiB a day", f"{budget} USD a month"
    totals = [
        ("a read without `since`", query(lookback_s), size, "api.max_bytes_billed"),
        ("a read of the last hour", query(HOUR_S), size, "api.max_bytes_billed"),
        ("bytes that queries read", day, amount, "bigquery_scanned"),
        ("the budget (it only warns)", month, money, "monthly_budget"),
    ]
    return [Limit(name, _first(over), allows, source) for name, over, allows, source in totals]


def _first(exceeded: Callable[[Volume], bool]) -> float:
    """Give the least load, in multiples of the base, that exceeds something that grows with it."""
    low, high = 1 / HIGHEST, HIGHEST
    while high / low > 1.001:  # noqa: PLR2004 - three digits are told
        middle = (low * high) ** 0.5
        low, high = (low, middle) if exceeded(_load(middle)) else (middle, high)
    return high


def _load(factor: float) -> Volume:
    base = Volume()
    messages, reads = round(base.messages * factor), round(base.reads * factor)
    return replace(base, messages=messages, reads=reads)
