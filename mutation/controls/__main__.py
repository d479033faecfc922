"""`python -m mutation.controls`: break each control of the project, and see who notices."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from mutation.controls import campaign, operators, selection, trees
from mutation.controls.report import SMALLEST, Report

ROOT = Path(__file__).parent.parent.parent
REPORT = ROOT / "mutation" / "controls.json"
LEDGER = ROOT / ".cache" / "mutation" / "controls.json"
COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeRemainingColumn(),
)


@click.command()
@click.argument("names", nargs=-1, metavar="[MUTANT...]")
@click.option("--sample", type=click.IntRange(1), help="So many, of as many controls as possible.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which sample.")
@click.option("--since", metavar="REF", help="And each control in a file changed since then.")
@click.option("--list", "listing", is_flag=True, help="Only tell what would be broken.")
@click.option("--write", is_flag=True, help="Keep the report in mutation/.")
def main(names: tuple[str, ...], *, listing: bool, write: bool, **choice: Any) -> None:
    """Break each control, or MUTANT alone. Status 1: something is not noticed; 2: no proof."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        table = operators.read()
        mutants = operators.find(ROOT, table)
        chosen = _choose(mutants, names, **choice)
        if listing:
            for mutant in chosen:
                console.print(f"{mutant.id}  (line {mutant.line}; {mutant.killer})", markup=False)
            return
        report = Report(chosen, _run(console, table, chosen), table.survivors, len(mutants))
    except operators.MutationError as exc:
        console.print(f"no proof: {exc}", markup=False)
        sys.exit(2)
    _show(console, report)
    if write and len(report.fates) >= SMALLEST:
        REPORT.write_text(json.dumps(report.as_dict(), indent=2) + "\n", "utf-8")
    for complaint in report.complaints():
        console.print(complaint, markup=False)
    troubled = any(fate.trouble for fate in report.fates)
    sys.exit(2 if troubled else bool(report.complaints()))


def _choose(
    mutants: list[operators.Mutant],
    names: tuple[str, ...],
    *,
    sample: int | None,
    seed: int,
    since: str | None,
) -> list[operators.Mutant]:
    if names:
        if unknown := set(names) - {mutant.id for mutant in mutants}:
            raise operators.MutationError(f"no such mutant: {', '.join(sorted(unknown))}")
        return [mutant for mutant in mutants if mutant.id in names]
    if sample is None and since is None:
        return mutants
    wanted = selection.sample(mutants, sample, seed) if sample else []
    if since is not None:
        wanted += selection.touched(mutants, selection.changed_since(ROOT, since))
    ids = {mutant.id for mutant in wanted}
    return [mutant for mutant in mutants if mutant.id in ids]


def _run(
    console: Console, table: operators.Table, chosen: list[operators.Mutant]
) -> list[campaign.Fate]:
    ledger = campaign.Ledger(LEDGER, trees.digest(ROOT))
    lines = {mutant.id: f"{mutant.path}:{mutant.line}" for mutant in chosen}
    with Progress(*COLUMNS, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("mutants", total=len(chosen))
        progress.advance(task, sum(mutant.id in ledger.fates for mutant in chosen))

        def tell(fate: campaign.Fate) -> None:
            progress.advance(task)
            outcome = f"killed by {fate.killed_by}" if fate.killed_by else "ALIVE"
            line = f"{outcome:24} {fate.seconds:6.1f} s  {fate.id} ({lines[fate.id]})"
            console.print(line, markup=False)

        return campaign.run(ROOT, table, chosen, ledger, tell)


def _show(console: Console, report: Report) -> None:
    facts = report.as_dict()
    table = Table("killed by", "mutants")
    for name, count in facts["killed_by"].items():
        table.add_row(escape(name), str(count))
    table.add_row("nobody", str(len(facts["survivors"])))
    console.print(table)
    killed, made, total = (facts[name] for name in ("killed", "mutants", "of"))
    console.print(f"{killed} of {made} killed, of {facts['controls']} controls; there are {total}")


if __name__ == "__main__":
    main()
