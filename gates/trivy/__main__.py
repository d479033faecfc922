"""The commands behind Trivy's gates: `python -m gates.trivy COMMAND`."""

import json
import sys
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gates.advisories.records import EXAMPLE
from gates.trivy import database, licence_policy, licences, register, scans
from gates.trivy.report import BROKEN, Database, GateError, Report, predicate
from gates.trivy.scanner import Trivy
from toolchain.install import find

ROOT = Path(__file__).parent.parent.parent
AUTHOR = "hardened-data-pipeline"
PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every command needs: the scanner, its database, the form of the answer."""

    scanner: Trivy
    kind: str
    advisories: Path
    accepted: Path
    strict: bool
    as_json: bool

    def database(self, needs: Collection[str]) -> Database:
        """Return the database, once the canary has shown that it is read."""
        if self.kind == "local":
            return database.local(self.scanner, self.advisories, needs)
        now = datetime.now(UTC)
        try:
            return database.fresh(self.scanner, now, needs)
        except GateError:
            database.fetch(self.scanner)
            return database.fresh(self.scanner, now, needs)

    def end(self, report: Report) -> None:
        """Print the report and exit with its status."""
        if self.as_json:
            click.echo(json.dumps(report.as_dict(), indent=2))
        else:
            _show(report)
        sys.exit(report.exit_status)

    def entries(self) -> list[register.Entry]:
        """Read the register."""
        return register.read(self.accepted, datetime.now(UTC).date())


class Commands(click.Group):
    """Ends with status 2 and one line if a gate could not judge."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except GateError as exc:
            click.echo(f"could not judge: {exc}", err=True)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as exc:  # noqa: BLE001 - Python's own status, 1, would be a finding
            traceback.print_exc()
            click.echo(f"could not judge: the gate itself failed: {exc!r}", err=True)
        sys.exit(BROKEN)


@click.group(cls=Commands)
@click.option("--trivy", "binary", type=PATH, help="Another one than the pinned.")
@click.option("--cache", type=PATH, default=ROOT / ".cache" / "trivy", help="The databases.")
@click.option("--database", "kind", type=click.Choice(["fresh", "local"]), default="fresh")
@click.option("--advisories", type=PATH, default=EXAMPLE, help="The set of the local database.")
@click.option(
    "--register", "accepted", type=PATH, default=ROOT / "policies" / "vulnerabilities.toml"
)
@click.option("--strict", is_flag=True, help="Judge unmatched entries by the local set too.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_context
def main(
    ctx: click.Context, /, binary: Path | None, cache: Path, kind: str, **options: Any
) -> None:
    """Run one gate: status 0 is a pass, 1 a finding, 2 that it could not judge."""
    binary = binary or find("trivy")
    if binary is None:
        raise GateError("no Trivy; install it: python -m toolchain trivy")
    # Each kind has a folder of its own, so that neither is taken for the other.
    ctx.obj = Run(scanner=Trivy(binary, cache / kind), kind=kind, **options)


@main.command("database")
@click.pass_obj
def database_command(run: Run) -> None:
    """Fetch the current advisories, or build the local set."""
    if run.kind == "fresh":
        database.fetch(run.scanner)
    click.echo(f"{run.scanner.cache}: {run.database((database.PYTHON,)).note}")


@main.command("image")
@click.argument("archive", type=PATH)
@click.option("--name", help="What the register calls the image; the archive's name if absent.")
@click.option("--openvex", type=click.File("w"), help="Write the register as OpenVEX.")
@click.option("--predicate", "attested", type=click.File("w"), help="Write what is attested.")
@click.pass_obj
def image_command(run: Run, archive: Path, name: str | None, openvex: Any, attested: Any) -> None:
    """Scan an image, given as an OCI archive or layout."""
    entries, known = run.entries(), run.database((database.PYTHON, database.DEBIAN))
    report = scans.image(run.scanner, archive, name or archive.stem, known)
    report = register.apply(report, entries, strict=run.strict)
    if openvex:
        json.dump(register.openvex(entries, AUTHOR), openvex, indent=2)
    if attested:
        json.dump(predicate(report), attested, indent=2)
    run.end(report)


@main.command("vulnerabilities")
@click.argument("folder", type=PATH, default=ROOT)
@click.pass_obj
def vulnerabilities_command(run: Run, folder: Path) -> None:
    """Scan the locked requirements."""
    entries, known = run.entries(), run.database((database.PYTHON,))
    report = scans.vulnerabilities(run.scanner, folder, known)
    run.end(register.apply(report, entries, strict=run.strict))


@main.command("secrets")
@click.argument("folder", type=PATH, default=ROOT)
@click.pass_obj
def secrets_command(run: Run, folder: Path) -> None:
    """Scan the project's files for secrets."""
    run.end(scans.secrets(run.scanner, folder))


@main.command("licences")
@click.argument("folder", type=PATH, default=ROOT)
@click.option("--policy", type=PATH, default=ROOT / licences.POLICY)
@click.option("--packages", type=PATH, default=licences.INSTALLED, help="Where they are installed.")
@click.pass_obj
def licences_command(run: Run, folder: Path, policy: Path, packages: Path) -> None:
    """Judge the licences of the packages that the images hold."""
    run.end(licences.scan(run.scanner, folder, licence_policy.read(policy), packages))


@main.command("configuration")
@click.argument("folder", type=PATH, default=ROOT)
@click.option("--expect", multiple=True, default=("dockerfile", "terraform"), show_default=True)
@click.pass_obj
def configuration_command(run: Run, folder: Path, expect: tuple[str, ...]) -> None:
    """Scan Dockerfiles and Terraform."""
    run.end(scans.configuration(run.scanner, folder, expect))


def _show(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if report.findings:
        table = Table()
        for title in ("id", "severity", "where", "installed", "fixed in", "status"):
            table.add_column(title, overflow="fold")
        for each in report.findings:
            row = (each.id, each.severity, each.subject, each.installed, each.fixed, each.status)
            table.add_row(*map(escape, row))
        console.print(table)
    seen = ", ".join(f"{kind} ({count})" for kind, count in report.seen.items())
    open_ones = sum(not each.accepted for each in report.findings)
    console.print(f"{report.name}: {open_ones} open, {report.below} below HIGH; saw {escape(seen)}")
    for note in report.as_dict()["notes"]:
        console.print(f"note: {escape(note)}")


if __name__ == "__main__":
    main(prog_name="gates.trivy")
