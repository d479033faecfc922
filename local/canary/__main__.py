"""`make canary-demo`: a good candidate is promoted, a slow and a failing one are rolled back."""

import signal
import sys
import time
from collections.abc import Sequence

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.canary import demo, picture
from local.canary.demo import CASES, FOLDER, Case
from local.canary.findings import Callers, Findings
from local.layout import ROOT, LocalError

console = Console(highlight=False)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([case.name for case in CASES]))
def main(names: Sequence[str]) -> None:
    """Run the candidates that are named, or all."""
    # What was started has to go, however we are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        status = run([case for case in CASES if not names or case.name in names])
    except LocalError as exc:
        raise click.ClickException(str(exc)) from exc
    except KeyboardInterrupt:
        console.print("interrupted; nothing is left running")
        status = 130
    sys.exit(status)


def run(cases: Sequence[Case]) -> int:
    """Run the cases, tell what happened, draw it; return the exit status."""
    started = time.monotonic()
    for old in FOLDER.glob("*.log"):
        old.unlink()
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("start", total=None)

        def report(words: str) -> None:
            progress.update(task, description=words)

        found = demo.run(progress, report, cases)
    faults = found.faults()
    console.print(_steps(found))
    console.print(_runs(found))
    path = FOLDER / "canary.html"
    path.write_text(picture.render(found, faults), "utf-8")
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    console.print(f"{time.monotonic() - started:.0f} s in all; the picture is {shown}")
    verdict = f"FAILED: {'; '.join(faults)}" if faults else "every run ended as it should"
    console.print(verdict, style="bold red" if faults else "bold green")
    return 1 if faults else 0


def _steps(found: Findings) -> Table:
    window = found.policy.pace.window.total_seconds()
    table = Table(title=f"Steps (windows of {window:.0f} s)", title_justify="left")
    for column in ("candidate", "step", "its share", "seconds", "decision"):
        table.add_column(column, justify="left" if column in {"candidate", "decision"} else "right")
    for run in found.runs:
        for step in run.rollout.steps:
            table.add_row(
                run.name,
                f"{step.percent} %",
                f"{step.share(run.rollout.candidate):.1f} %",
                f"{(step.decided - step.began).total_seconds():.1f}",
                str(step.decision),
            )
        table.add_section()
    return table


def _runs(found: Findings) -> Table:
    table = Table(title="What callers saw", title_justify="left")
    for column in ("candidate", "ended", "rolled back after", "requests", "errors", "slow", "lost"):
        table.add_column(column, justify="left" if column in {"candidate", "ended"} else "right")
    for run in found.runs:
        rollout = run.rollout
        after = "" if rollout.rollback_s is None else f"{rollout.rollback_s:.1f} s"
        last = rollout.steps[-1].percent
        words = "promoted to 100 %" if rollout.rollback_s is None else f"rolled back at {last} %"
        table.add_row(run.name, words, after, *_cells(found.during(run)))
    table.add_section()
    table.add_row("all, smoke included", "", "", *_cells(found.all()))
    return table


def _cells(callers: Callers) -> list[str]:
    return [str(n) for n in (callers.requests, callers.failed, callers.slow, callers.lost)]


if __name__ == "__main__":
    main(prog_name="local.canary")
