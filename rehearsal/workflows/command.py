"""What both rehearsals of workflows do on the command line: choose, play, tell how it came out."""

import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import click
from rich.console import Console
from rich.table import Table

from rehearsal.errors import RehearsalError

WIDTH = 150
"""Of the table in a log: what went wrong must be readable there."""
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)


class Named(Protocol):
    """Something to rehearse."""

    @property
    def name(self) -> str:
        """By which it is chosen."""


class Played(Protocol):
    """What it came to."""

    @property
    def run(self) -> Named:
        """What was rehearsed."""

    @property
    def complaints(self) -> Collection[str]:
        """What came out otherwise than expected."""

    @property
    def last_words(self) -> str:
        """The end of the logs of the jobs that did."""

    @property
    def seconds(self) -> float:
        """How long it took."""


R = TypeVar("R", bound=Named)
S = TypeVar("S")
O = TypeVar("O", bound=Played)  # noqa: E741 - an outcome, as R is a run and S their stage


def rehearse(
    runs: Sequence[R],
    prepared: AbstractContextManager[S],
    play: Callable[[S, R], O],
    columns: Mapping[str, Callable[[O], str]],
) -> None:
    """Play the runs one after the other, tell of each, and exit: 1 if one came out otherwise.

    Args:
        runs: in the order in which they are played.
        prepared: what all share; taken away afterwards, whatever happens.
        play: does one.
        columns: of the table at the end, before the seconds and the verdict, by their heading.

    Raises:
        click.ClickException: it could not be rehearsed.
        SystemExit: it was.
    """
    # Without it nobody would end what was started, or take away what was written.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    outcomes = []
    try:
        with prepared as stage:
            console.print(f"everything is laid out after {time.monotonic() - started:.0f} s")
            for run in runs:
                outcomes.append(play(stage, run))
                _tell(outcomes[-1])
    except RehearsalError as exc:
        raise click.ClickException(str(exc)) from exc
    console.print(_table(outcomes, columns))
    bad = sum(bool(outcome.complaints) for outcome in outcomes)
    console.print(
        f"{len(outcomes)} runs, {bad} otherwise than expected, {time.monotonic() - started:.0f} s"
    )
    sys.exit(bool(bad))


def choose(runs: Sequence[R], names: Sequence[str]) -> list[R]:
    """Choose runs by name, all if none is given; in their own order, as one may need another's end.

    Raises:
        click.ClickException: there is no such run.
    """
    known = {run.name: run for run in runs}
    if unknown := sorted(set(names) - set(known)):
        raise click.ClickException(f"no run {', '.join(unknown)}; there are {', '.join(known)}")
    return [run for name, run in known.items() if not names or name in names]


def _tell(outcome: Played) -> None:
    word = "as expected" if not outcome.complaints else "OTHERWISE"
    console.print(f"{outcome.run.name}: {word} ({outcome.seconds:.0f} s)")
    for complaint in outcome.complaints:
        console.print(f"  {complaint}", markup=False)
    if outcome.complaints:
        console.print(outcome.last_words, markup=False)


def _table(outcomes: Sequence[O], columns: Mapping[str, Callable[[O], str]]) -> Table:
    table = Table()
    for name in ("run", *columns, "seconds", "expected"):
        table.add_column(name)
    for outcome in outcomes:
        table.add_row(
            outcome.run.name,
            *(write(outcome) for write in columns.values()),
            f"{outcome.seconds:.0f}",
            "yes" if not outcome.complaints else "NO",
        )
    return table
