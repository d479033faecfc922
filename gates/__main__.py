"""`python -m gates [GATE...]`: run the gates; status 0 is a pass, 1 findings, 2 no judgement."""

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gates import declaration, runner
from gates.advisories.records import EXAMPLE
from gates.command import Subject
from gates.declaration import Gate
from gates.execution import printable
from gates.outcome import BrokenError
from gates.reports import html, markdown, sarif, terminal
from gates.runner import Question
from gates.verdict import COULD_NOT_JUDGE, Verdict

OUTPUT = Path(".cache", "gates")
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True)
FILE = click.Path(path_type=Path, resolve_path=True)


@click.command()
@click.argument("names", nargs=-1, metavar="[GATE...]")
@click.option(
    "--since",
    envvar="GATES_SINCE",
    default="",
    help="Run only what the changes since this commit concern.",
)
@click.option(
    "--offline",
    envvar="GATES_OFFLINE",
    is_flag=True,
    help="Ask a local set of advisories, not the services.",
)
@click.option(
    "--advisories",
    envvar="GATES_ADVISORIES",
    type=FILE,
    default=EXAMPLE,
    help="The set that --offline asks.",
)
@click.option("--image", envvar="GATES_IMAGE", type=FILE, help="An OCI archive to judge, too.")
@click.option("--root", type=FOLDER, default=declaration.HOME, help="The tree that is judged.")
@click.option("--sequential", is_flag=True, help="Run one after another first, to compare.")
@click.option("--output", type=FILE, help="Where the reports go; .cache/gates in the tree.")
def main(
    names: tuple[str, ...], since: str, *, sequential: bool, output: Path | None, **given: Any
) -> None:
    """Run the named gates, all if none is named."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console(highlight=False)
    advisories = given["advisories"] if given["offline"] else None
    subject = Subject(root=given["root"], image=given["image"], advisories=advisories)
    output = output or subject.root / OUTPUT
    _forget(output)
    try:
        gates = declaration.read()
        question = Question(names=names, since=since)
        alone_s = 0.0
        if sequential:
            alone_s = _judge(gates, subject, replace(question, workers=1), console).wall_s
        verdict = _judge(gates, subject, question, console)
    except BrokenError as exc:
        click.echo(f"could not judge: {printable(str(exc))}", err=True)
        sys.exit(COULD_NOT_JUDGE)
    terminal.show(verdict, console)
    if sequential:
        ratio = verdict.wall_s / alone_s
        console.print(f"one after another they took {alone_s:.1f} s: {ratio:.2f} of that")
    _write(verdict, output)
    sys.exit(verdict.exit_status)


def _judge(
    gates: Mapping[str, Gate], subject: Subject, question: Question, console: Console
) -> Verdict:
    with terminal.Progress(console) as watcher:
        return runner.judge(gates, subject, question, watcher)


def _forget(output: Path) -> None:
    """Take away the reports of an earlier run: they would speak for this one if it breaks off."""
    names = ("verdict.json", "report.html", "summary.md")
    for old in [*(output / name for name in names), *output.glob("sarif/*.sarif")]:
        old.unlink(missing_ok=True)


def _write(verdict: Verdict, output: Path) -> None:
    """Write all reports."""
    folder = output / "sarif"
    folder.mkdir(parents=True, exist_ok=True)
    for outcome in verdict.outcomes:
        (folder / f"{outcome.gate}.sarif").write_text(sarif.render(outcome), "utf-8")
    (output / "verdict.json").write_text(json.dumps(verdict.as_dict(), indent=2), "utf-8")
    (output / "report.html").write_text(html.render(verdict), "utf-8")
    (output / "summary.md").write_text(markdown.render(verdict), "utf-8")


if __name__ == "__main__":
    main(prog_name="gates")
