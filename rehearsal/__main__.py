"""`python -m rehearsal`: test the Terraform roots, go through a life of one, renew the facts."""

import json
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from rehearsal import facts, life, origin, records, renewal, terraform
from rehearsal.errors import RehearsalError
from rehearsal.origin import Kind

console = Console(highlight=False, soft_wrap=True)
AT_ONCE = 2
"""Roots that are tested at a time."""


class Commands(click.Group):
    """Tells a person what is wrong without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        # What was written has to go, however we are ended.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            return super().invoke(ctx)
        except RehearsalError as exc:
            raise click.ClickException(str(exc)) from exc


@click.group(cls=Commands)
def main() -> None:
    """Rehearse the Terraform roots; no cloud is asked."""


@main.command("test")
@click.argument("names", nargs=-1, metavar="[ROOT...]")
def test_command(names: tuple[str, ...]) -> None:
    """Check format, validity and the tests of each root."""
    started = time.monotonic()
    used = origin.find()
    program = terraform.find()
    console.print(f"{program}; {used}")
    if program.tofu:
        console.print("It cannot run the tests: format and validity only.")
    renewal.compare()
    unformatted = terraform.unformatted()
    with console.status("testing"), ThreadPoolExecutor(AT_ONCE) as pool:
        roots = names or terraform.roots()
        reports = list(pool.map(lambda root: records.report(root, used=used), roots))
    table = Table("root", "runs", "passed", "seconds")
    for report in reports:
        passed = sum(run.status == "pass" for run in report.runs)
        table.add_row(report.root, str(len(report.runs)), str(passed), str(report.seconds))
    console.print(table)
    complaints = [report.complaints() for report in reports if not report.passed]
    complaints += [f"not formatted; terraform fmt -recursive mends it:\n{unformatted}"] * bool(
        unformatted
    )
    for complaint in complaints:
        console.print(complaint, markup=False)
    console.print(f"{time.monotonic() - started:.1f} seconds")
    sys.exit(1 if complaints else 0)


@main.command("life")
@click.argument("root")
@click.option("--variables", type=Path, help="A tfvars file in JSON.")
@click.option("--unprotected", type=Path, help="What changes in it before the root is destroyed.")
def life_command(root: str, variables: Path | None, unprotected: Path | None) -> None:
    """Plan, apply, see drift, destroy: on this machine, always a rehearsal."""
    given, changed = (
        json.loads(path.read_text("utf-8")) if path else {} for path in (variables, unprotected)
    )
    console.print(f"{terraform.find()}; {origin.Origin(Kind.REHEARSAL)}")
    for step, outcome, seconds in life.rehearse(root, given, changed):
        console.print(f"{step}: {outcome} ({seconds:.1f} s)", markup=False)


@main.command("schema")
@click.option("--refresh", is_flag=True, help="Read it from the real provider, if there is one.")
def schema_command(*, refresh: bool) -> None:
    """Compare the pinned provider with the schema's version."""
    used = origin.find() if refresh else origin.Origin(Kind.REHEARSAL)
    if used.kind is not Kind.REHEARSAL:
        changed = renewal.renew(used)
        console.print(f"{used}; the facts {'were renewed' if changed else 'are as they were'}")
    elif refresh:
        console.print(f"nothing was refreshed: {origin.REGISTRY} cannot be reached")
    console.print(f"the roots pin google {renewal.compare()}, and so does {facts.path().name}")


if __name__ == "__main__":
    main()
