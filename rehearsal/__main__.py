"""`python -m rehearsal`: test the Terraform roots, go through a life of one, renew the facts."""

import json
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import click
import psutil
from rich.console import Console
from rich.table import Table

from rehearsal import executable, facts, life, origin, records, renewal, terraform
from rehearsal.errors import RehearsalError
from rehearsal.origin import Kind

console = Console(highlight=False, soft_wrap=True)
AT_ONCE = 2
"""Roots that are tested at a time."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _end(*_: Any) -> None:
    # What was written has to go, however we are ended, and nobody waits for the tests' end.
    for child in psutil.Process().children():
        child.terminate()
    sys.exit(128 + signal.SIGTERM)


class Commands(click.Group):
    """Tells a person what is wrong without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        signal.signal(signal.SIGTERM, _end)
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
    program = executable.find()
    used = origin.find(tofu=program.tofu)
    console.print(f"{program}; {used}")
    if program.tofu:
        console.print("It cannot run the tests: format and validity only.")
    renewal.compare()
    unformatted = terraform.unformatted()
    # A shell completes a folder with a slash.
    roots = [str(PurePosixPath(name)) for name in names] or terraform.roots()
    if not roots:
        raise RehearsalError("no folder of terraform/ configures the provider: nothing to test")
    with console.status("testing"), ThreadPoolExecutor(AT_ONCE) as pool:
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
@click.option("--variables", type=FILE, help="A tfvars file in JSON.")
@click.option("--unprotected", type=FILE, help="What changes in it before the root is destroyed.")
def life_command(root: str, variables: Path | None, unprotected: Path | None) -> None:
    """Plan, apply, see drift, destroy: on this machine, always a rehearsal."""
    given, changed = _values(variables), _values(unprotected)
    console.print(f"{executable.find()}; {origin.Origin(Kind.REHEARSAL)}")
    for step, outcome, seconds in life.rehearse(str(PurePosixPath(root)), given, changed):
        console.print(f"{step}: {outcome} ({seconds:.1f} s)", markup=False)


def _values(path: Path | None) -> life.Values:
    try:
        read: life.Values = json.loads(path.read_text("utf-8")) if path else {}
    except ValueError as exc:
        raise RehearsalError(f"{path} is not JSON: {exc}") from None
    if not isinstance(read, dict):
        raise RehearsalError(f'{path} must hold one object, as in {{"project_id": "..."}}')
    return read


@main.command("schema")
@click.option("--refresh", is_flag=True, help="Read it from the real provider, if there is one.")
def schema_command(*, refresh: bool) -> None:
    """Compare the pinned provider with the schema's version.

    Where no real provider can be had nothing is refreshed, and that is said; whoever wants it to
    fail there forces one with `PROVIDER`.
    """
    used = origin.find() if refresh else origin.Origin(Kind.REHEARSAL)
    if used.kind is not Kind.REHEARSAL:
        changed = renewal.renew(used)
        console.print(f"{used}; the facts {'were renewed' if changed else 'are as they were'}")
    elif refresh:
        console.print(f"nothing was refreshed: {_reason()}")
    # A schema that was cut off is no schema.
    facts.whole()
    console.print(f"the roots pin google {renewal.compare()}, and so does {facts.path().name}")


def _reason() -> str:
    if os.environ.get("PROVIDER") == Kind.REHEARSAL:
        return "PROVIDER=rehearsal asks nobody"
    return f"{origin.REGISTRY} cannot be reached, and {origin.MIRROR} names no mirror"


if __name__ == "__main__":
    main()
