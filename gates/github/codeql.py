"""CodeQL's findings as a gate: GitHub's action analyses, and its exit status says nothing of them.

`python -m gates.github.codeql FOLDER` ends as every gate: 0 is a pass, 1 findings, 2 no judgement.
"""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from gates import declaration, tree, waivers
from gates.execution import printable
from gates.finding import Finding
from gates.outcome import Outcome, Status
from gates.readers import sarif
from gates.readers.reading import Ended, ReportError
from gates.reports import terminal
from gates.verdict import Verdict

GATE = "codeql"
EXTRACTED = "/diagnostics/successfully-extracted-files"
"""How the notification ends with which CodeQL names a file that it read, after the language."""
QUIET = frozenset({"none", "note"})
"""The levels of a notification that are no trouble; without one it is a warning, section 3.58.6."""


def judge(folder: Path, root: Path, now: datetime) -> Verdict:
    """Make a verdict of all SARIF logs in a folder, waivers applied."""
    started = time.monotonic()
    outcome = _outcome(sorted(folder.glob("*.sarif")), root)
    register = waivers.read(root, now.date())
    outcomes, complaints = waivers.apply([outcome], register, declaration.read())
    seconds = time.monotonic() - started
    return Verdict(
        outcomes=outcomes,
        complaints=complaints,
        wall_s=seconds,
        sum_s=seconds,
        commit=tree.commit(root),
        made=now,
    )


def _outcome(logs: Iterable[Path], root: Path) -> Outcome:
    """Read all logs; one that is missing, broken or about no file is no pass."""
    outcome = Outcome(gate=GATE, about="What CodeQL finds in our code", status=Status.BROKEN)
    read: list[Log] = []
    try:
        read.extend(_read(path, root) for path in logs)
    except (
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        RecursionError,
        ReportError,
    ) as exc:
        return replace(outcome, reason=printable(str(exc)))
    if not read:
        return replace(outcome, reason="there is no SARIF log: github/codeql-action did not run")
    # The same line may be found by a query of two suites.
    findings = tuple(dict.fromkeys(finding for log in read for finding in log.findings))
    return replace(
        outcome,
        status=Status.FOUND if findings else Status.PASSED,
        findings=findings,
        scanned=sum(log.files for log in read),
        version=read[0].version,
    )


@dataclass(frozen=True, slots=True)
class Log:
    """What one log says."""

    findings: Sequence[Finding]
    files: int
    version: str


def _read(path: Path, root: Path) -> Log:
    """Read a log.

    Raises:
        ReportError: it is none, CodeQL had trouble, or it looked at no file.
    """
    out, files = _split(path.read_text("utf-8"))
    if not files:
        raise ReportError(f"{path.name}: CodeQL read no file; is the language right?")
    ended = Ended(gate=GATE, root=root, files=(), status=0, out=out, err="")
    run = sarif.run(ended)
    driver = run.tool.driver
    version = driver.semantic_version or driver.version or "unknown"
    return Log(tuple(sarif.findings(ended, run)), files, version)


def _split(text: str) -> tuple[str, int]:
    """Take out what CodeQL notes without trouble, and count the files that it says it read."""
    document = json.loads(text)
    files = 0
    for run in document.get("runs", ()):
        for invocation in run.get("invocations", ()):
            notes = invocation.get("toolExecutionNotifications", [])
            told = [str(note.get("descriptor", {}).get("id", "")) for note in notes]
            files += sum(each.endswith(EXTRACTED) for each in told)
            troubles = [note for note in notes if note.get("level", "warning") not in QUIET]
            invocation["toolExecutionNotifications"] = troubles
    return json.dumps(document), files


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Judge the SARIF logs that CodeQL left in FOLDER."""
    verdict = judge(folder, declaration.HOME, datetime.now(UTC))
    terminal.show(verdict, Console(highlight=False))
    sys.exit(verdict.exit_status)


if __name__ == "__main__":
    main()
