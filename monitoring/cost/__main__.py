"""`make cost`: what a month costs, and what it can cost; --write puts it into docs/cost.md."""

from decimal import Decimal

import click
from rich.console import Console

from local.layout import ROOT
from monitoring import tables
from monitoring.cost import report
from monitoring.cost.prices import Prices
from monitoring.cost.volume import Volume
from monitoring.tables import Table
from monitoring.throughput import Throughput

PAGE = ROOT / "docs" / "cost.md"
BASE = Volume()


def told(volume: Volume, throughput: Throughput, prices: Prices) -> dict[str, Table]:
    """Give the tables of docs/cost.md, by their names there."""
    return {
        "month": report.month(volume, throughput, prices),
        "millions": report.millions(volume, throughput, prices),
        "ways": report.ways(volume, throughput, prices),
        "prices": report.listed(prices),
    }


@click.command()
@click.option("--messages", type=click.IntRange(1), default=BASE.messages, help="A month.")
@click.option("--reads", type=click.IntRange(1), default=BASE.reads, help="A month.")
@click.option("--message-bytes", type=click.IntRange(1, 10_000_000), default=BASE.message_bytes)
@click.option("--lookback-hours", type=click.IntRange(0), default=1, help="Of a read's `since`.")
@click.option("--distinct", type=click.IntRange(0, 100), default=100, help="% not shared.")
@click.option("--load-balancer", is_flag=True, help='With `api_ingress = "load_balancer"`.')
@click.option("--hsm", is_flag=True, help="With keys in hardware.")
@click.option("--write", is_flag=True, help="Put the tables into docs/cost.md.")
def main(  # noqa: PLR0913 - a figure each
    *,
    messages: int,
    reads: int,
    message_bytes: int,
    lookback_hours: int,
    distinct: int,
    load_balancer: bool,
    hsm: bool,
    write: bool,
) -> None:
    """Tell what a month costs in US dollars, by Google's list prices and before tax."""
    volume = Volume(
        messages=messages,
        reads=reads,
        message_bytes=message_bytes,
        lookback_s=lookback_hours * 3600,
        distinct=Decimal(distinct) / 100,
        load_balancer=load_balancer,
        hsm=hsm,
    )
    shown = told(volume, Throughput(), Prices.read())
    for name, table in shown.items():
        if name != "prices":
            Console(highlight=False).print(table.terminal())
    if write:
        tables.write(PAGE, {name: table.markdown() for name, table in shown.items()})


if __name__ == "__main__":
    main(prog_name="make cost")
