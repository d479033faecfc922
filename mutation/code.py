"""`python -m mutation.code`: break the security code line by line; its own tests must notice.

mutmut makes the mutants and runs the tests; `[tool.mutmut]` in pyproject.toml names both. Here they
are counted by module, and `code.toml` argues for those that change nothing anybody could see.
"""

import json
import os
import subprocess
import sys
import tomllib
from contextlib import chdir
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mutation.controls import trees
from mutation.tally import MutationError, Tally, read

ROOT = Path(__file__).parent.parent
LOG = Path(".cache", "mutation", "code.log")
REPORT = Path("mutation", "code.json")
PASS, NOT_NOTICED, NO_PROOF = 0, 1, 2


@click.command()
@click.argument("paths", nargs=-1, metavar="[MODULE...]")
@click.option("--write", is_flag=True, help="Keep the report of all modules in mutation/.")
@click.option("--root", type=click.Path(path_type=Path), default=ROOT, help="The project.")
def main(paths: tuple[str, ...], *, write: bool, root: Path) -> None:
    """Break all security code, or MODULE alone. Status 1: too little is noticed; 2: no proof."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        tallies = mutate(root, paths)
    except MutationError as exc:
        console.print(f"no proof: {exc}", markup=False)
        sys.exit(NO_PROOF)
    _show(console, tallies)
    complaints = [complaint for tally in tallies for complaint in tally.complaints()]
    if not paths:
        complaints += _compare(root / REPORT, report(tallies), write=write)
    for complaint in complaints:
        console.print(complaint, markup=False)
    sys.exit(NOT_NOTICED if complaints else PASS)


def mutate(root: Path, paths: tuple[str, ...] = ()) -> list[Tally]:
    """Mutate these modules, or all, in a copy of the project.

    Raises:
        MutationError: mutmut failed, made no mutant in a module, or left one without a judgement.
    """
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    known: list[str] = settings["only_mutate"]
    if unknown := set(paths) - set(known):
        raise MutationError(f"not in [tool.mutmut] only_mutate: {', '.join(sorted(unknown))}")
    table = tomllib.loads((root / "mutation" / "code.toml").read_text("utf-8"))
    argued = frozenset(each for entry in table["argued"] if entry["reason"] for each in entry["of"])
    chosen = [path for path in known if path in paths or not paths]
    with trees.copied(root) as tree:
        _run(tree, chosen, root / LOG)
        with chdir(tree):  # mutmut's own functions look nowhere else
            return [read(path, argued) for path in chosen]


def report(tallies: list[Tally]) -> dict[str, Any]:
    """Write all modules for `json.dumps`; README's figures come from here."""
    modules = {tally.path: tally.as_dict() for tally in tallies}
    counted = ("mutants", "killed", "equivalent")
    sums = {name: sum(module[name] for module in modules.values()) for name in counted}
    return sums | {"modules": modules}


def _run(tree: Path, paths: list[str], log: Path) -> None:
    names = [path.removesuffix(".py").replace("/", ".") + ".*" for path in paths]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        done = subprocess.run(
            [Path(sys.executable).with_name("mutmut"), "run", *names],
            cwd=tree,
            # It keeps a mutant's tests in a set: this gives them the same order in every run.
            env=os.environ | {"PYTHONHASHSEED": "0"},
            stdout=None if sys.stdout.isatty() else stream,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        said = log.read_text("utf-8", "replace")[-2000:]
        raise MutationError(f"mutmut ended with status {done.returncode}\n{said}")


def _show(console: Console, tallies: list[Tally]) -> None:
    table = Table("module", "mutants", "killed", "equivalent", "survivors", "ratio")
    for tally in tallies:
        facts = tally.as_dict()
        counts = (str(facts[name]) for name in ("mutants", "killed", "equivalent"))
        table.add_row(escape(tally.path), *counts, str(len(tally.survivors)), f"{tally.ratio:.1%}")
    console.print(table)
    for mutant in (mutant for tally in tallies for mutant in tally.survivors):
        console.print(f"survives: {mutant}", markup=False)


def _compare(path: Path, facts: dict[str, Any], *, write: bool) -> list[str]:
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    if write:
        path.write_text(text, "utf-8")
    if path.exists() and path.read_text("utf-8") == text:
        return []
    return [f"{REPORT} tells another story: make mutate-code ARGS=--write"]


if __name__ == "__main__":
    main()
