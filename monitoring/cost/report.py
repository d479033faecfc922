"""The bill as tables."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from monitoring.cost import bill, usage
from monitoring.cost.prices import Prices
from monitoring.cost.volume import Volume
from monitoring.tables import Table
from monitoring.throughput import Throughput

LOOKBACKS = {"of the last hour": 3600, "of the last day": 86400}
SMALLEST = Decimal("0.005")
"""What rounds to no cent is not told apart."""


def month(volume: Volume, throughput: Throughput, prices: Prices) -> Table:
    """Say what a month costs, and what it costs at worst, by price."""
    expected = bill.charges(bill.expected(volume, throughput), prices)
    worst = bill.charges(bill.worst(volume, throughput), prices)
    names = sorted(worst, key=lambda name: (-expected.get(name, Decimal(0)), name))
    rows = [
        [f"`{name}`", _usd(expected.get(name, Decimal(0))), _usd(worst[name])]
        for name in names
        if worst[name] >= SMALLEST
    ]
    rows.append(["all", _usd(_sum(expected)), _usd(_sum(worst))])
    return Table("A month", ["Price", "USD, expected", "USD, at worst"], rows)


def millions(volume: Volume, throughput: Throughput, prices: Prices) -> Table:
    """Say what a million more costs, when nothing is free any more."""
    messages = usage.together(
        usage.publishing(volume, throughput), usage.function(volume, throughput)
    )
    rows = [["messages", _usd(bill.each_million(messages, volume.messages, prices))]]
    for name, lookback_s in LOOKBACKS.items():
        load = replace(volume, lookback_s=lookback_s)
        each = bill.each_million(usage.reading(load, throughput), load.reads, prices)
        rows.append([f"reads {name}, all different", _usd(each)])
    return Table("A million", ["A million", "USD"], rows)


def ways(volume: Volume, throughput: Throughput, prices: Prices) -> Table:
    """Say from which volume on another way into the table is not dearer than the function."""
    rows = [
        [name, _messages(bill.break_even(volume, throughput, prices, other))]
        for name, other in (
            ("a BigQuery subscription", usage.subscription),
            ("one Dataflow worker", usage.dataflow),
        )
    ]
    return Table("Other ways in", ["Instead of the function", "Not dearer from"], rows)


def listed(prices: Prices) -> Table:
    """Say where each price is from."""
    rows = [
        [
            f"`{name}`",
            f"{price.usd} for {_count(price.per)}, {_count(price.free)} free",
            price.of,
            f"[Google]({price.url}), {price.read}, {price.copy}",
        ]
        for name, price in sorted(prices.items())
    ]
    return Table("Prices", ["Name", "USD", "What", "Source"], rows, text=True)


def _usd(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _sum(charges: Mapping[str, Decimal]) -> Decimal:
    return sum(charges.values(), Decimal(0))


def _messages(count: int | None) -> str:
    if count is None:
        return "never"
    return "the first message" if count == 1 else f"{count / 1e6:,.0f} million messages a month"


def _count(number: Decimal) -> str:
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if number >= size and number % size == 0:
            return f"{number // size} {unit}"
    return f"{number:,f}"
