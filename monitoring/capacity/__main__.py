"""`make capacity`: what the pipeline carries, and what outages cost; --write for the docs."""

import click
from rich.console import Console
from rich.progress import track

from local.layout import ROOT
from monitoring import tables
from monitoring.capacity import limits, outcome, pictures, report, traffic
from monitoring.capacity.outcome import Outcome
from monitoring.cost.prices import Prices
from monitoring.tables import Table
from monitoring.throughput import Throughput

BASE = Throughput()
PUSH_MS, READ_MS = round(BASE.push_s * 1000), round(BASE.read_s * 1000)
PAGE = ROOT / "docs" / "capacity.md"
DRAWN = {
    "BigQuery fails for 10 minutes": "outage",
    "BigQuery fails for 10 minutes, 200 times the messages": "outage-200",
}


def told(
    outcomes: list[Outcome], found: list[limits.Limit], throughput: Throughput
) -> dict[str, Table]:
    """Give the tables of docs/capacity.md, by their names there."""
    return {
        "backlogs": report.backlogs(outcomes),
        "alarms": report.alarms(outcomes),
        "first": report.first(found),
        "limits": report.limits(found, throughput.quotas),
    }


@click.command()
@click.option("--days", type=click.IntRange(10), default=traffic.DAYS, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=outcome.SEED, show_default=True)
@click.option("--push-ms", type=click.IntRange(1), default=PUSH_MS, show_default=True)
@click.option("--read-ms", type=click.IntRange(1), default=READ_MS, show_default=True)
@click.option("--write", is_flag=True, help="Put tables and pictures into docs/.")
def main(*, days: int, seed: int, push_ms: int, read_ms: int, write: bool) -> None:
    """Run the scenarios and look for the limit that comes first."""
    throughput = Throughput(push_s=push_ms / 1000, read_s=read_ms / 1000)
    terminal = Console(stderr=True)
    outcomes = [
        outcome.run(scenario, throughput, days=days, seed=seed)
        for scenario in track(traffic.SCENARIOS, "simulating", console=terminal, transient=True)
    ]
    found = limits.ordered(throughput, Prices.read())
    shown = told(outcomes, found, throughput)
    for table in shown.values():
        Console(highlight=False).print(table.terminal())
    if write:
        tables.write(PAGE, {name: table.markdown() for name, table in shown.items()})
        for each in outcomes:
            if name := DRAWN.get(each.scenario.name):
                pictures.outage(each, pictures.FOLDER / f"capacity-{name}.svg")
        pictures.limits(found, pictures.FOLDER / "capacity-limits.svg")


if __name__ == "__main__":
    main(prog_name="make capacity")
