"""`python -m gates.audit LOCK...`: pip-audit on all pins of all locks.

Asked about a lock, pip-audit leaves out what is for another Python than its own, and it refuses two
locks that pin one package. So it is asked about the pins alone, as often as a package has versions.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from gates.advisories.osv import serving
from gates.advisories.records import AdvisoriesError, read
from gates.locks import pins
from gates.verdict import COULD_NOT_JUDGE, FINDINGS

ALWAYS = ("--strict", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json")
"""`--strict`, since a package that nobody knows is a pass otherwise."""
PATH = click.Path(path_type=Path)


def layers(found: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Spread names and versions over tables that hold each name once."""
    tables: list[dict[str, str]] = []
    for name, version in sorted(set(found)):
        free = next((table for table in tables if name not in table), None)
        if free is None:
            tables.append(free := {})
        free[name] = version
    return tables


@click.command()
@click.option("--pip-audit", "program", type=PATH, required=True)
@click.option("--advisories", type=PATH, help="A local set, instead of PyPI's current ones.")
@click.argument("locks", type=PATH, nargs=-1, required=True)
def main(program: Path, advisories: Path | None, locks: tuple[Path, ...]) -> None:
    """Print one report as pip-audit's; status 0 is a pass, 1 findings, 2 could not judge."""
    found = [pin[1:] for lock in locks for pin in pins(lock.read_text("utf-8"))]
    with ExitStack() as stack:
        note, service = "current advisories of PyPI", ["--vulnerability-service=pypi"]
        if advisories:
            try:
                known = read(advisories)
            except AdvisoriesError as exc:
                click.echo(str(exc), err=True)
                sys.exit(COULD_NOT_JUDGE)
            url = stack.enter_context(serving(known))
            note, service = known.note, ["--vulnerability-service=osv", f"--osv-url={url}"]
        answers = [_ask(program, service, table) for table in layers(found)]
    dependencies = [each for answer in answers for each in answer]
    click.echo(json.dumps({"dependencies": dependencies, "note": note}))
    sys.exit(FINDINGS if any(each.get("vulns") for each in dependencies) else 0)


def _ask(program: Path, service: list[str], table: dict[str, str]) -> list[dict[str, Any]]:
    """Ask about one table; whatever is no report ends all with status 2."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder, "requirements.txt")
        lock.write_text("".join(f"{name}=={each}\n" for name, each in table.items()), "utf-8")
        # Its cache would go on answering when the service says something else.
        command = [str(program), *ALWAYS, *service, f"--cache-dir={folder}/cache", f"-r={lock}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = list(json.loads(done.stdout)["dependencies"])
    except (ValueError, LookupError, TypeError):
        click.echo(done.stderr, err=True)
        sys.exit(COULD_NOT_JUDGE)
    # 1 may be findings or a failure: only what it reports tells which.
    if done.returncode != int(any(each.get("vulns") for each in answer)):
        click.echo(f"pip-audit ended with {done.returncode}: {done.stderr}", err=True)
        sys.exit(COULD_NOT_JUDGE)
    return answer


if __name__ == "__main__":
    main(prog_name="gates.audit")
