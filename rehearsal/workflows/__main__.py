"""`python -m rehearsal.workflows [RUN...]`: rehearse `ci.yml`; status 1 if it comes out wrong."""

import signal
import sys
import time

import click
from rich.console import Console
from rich.table import Table

from rehearsal.errors import RehearsalError
from rehearsal.workflows import stage
from rehearsal.workflows.runs import QUICK, Run, runs
from rehearsal.workflows.stage import Outcome

WIDTH = 150
"""Of the table in a log: what went wrong must be readable there."""
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)


@click.command()
@click.argument("names", nargs=-1, metavar="[RUN...]")
@click.option("--quick", is_flag=True, help="A good tree and a bad one.")
def main(names: tuple[str, ...], *, quick: bool) -> None:
    """Run the workflow on good trees and on bad ones."""
    # Without it nobody would end what was started, or take away what was written.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    chosen = _choose(names or (QUICK if quick else ()))
    outcomes = []
    try:
        with stage.prepared() as theatre:
            for run in chosen:
                outcomes.append(stage.play(theatre, run))
                _tell(outcomes[-1])
    except RehearsalError as exc:
        raise click.ClickException(str(exc)) from exc
    console.print(_table(outcomes))
    bad = sum(bool(outcome.complaints) for outcome in outcomes)
    console.print(
        f"{len(outcomes)} runs, {bad} otherwise than expected, {time.monotonic() - started:.0f} s"
    )
    sys.exit(bool(bad))


def _choose(names: tuple[str, ...]) -> list[Run]:
    known = {run.name: run for run in runs()}
    if unknown := set(names) - set(known):
        raise click.ClickException(f"no run {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names or known]


def _tell(outcome: Outcome) -> None:
    word = "as expected" if not outcome.complaints else "OTHERWISE"
    console.print(f"{outcome.run.name}: {word} ({outcome.seconds:.0f} s)")
    for complaint in outcome.complaints:
        console.print(f"  {complaint}", markup=False)
    if outcome.complaints:
        console.print(outcome.last_words, markup=False)


def _table(outcomes: list[Outcome]) -> Table:
    table = Table()
    for name in ("run", "event", "tree", "red", "left out", "all-gates-pass", "expected"):
        table.add_column(name)
    for outcome in outcomes:
        run = outcome.run
        table.add_row(
            run.name,
            "pull_request of a fork" if run.event == "fork" else run.event,
            run.fault.about if run.fault else "good",
            " ".join(outcome.ended("failure")) or "nothing",
            " ".join(outcome.ended("skipped")) or "nothing",
            outcome.results.get("all-gates-pass", "skipped"),
            "yes" if not outcome.complaints else "NO",
        )
    return table


if __name__ == "__main__":
    main(prog_name="rehearsal.workflows")
