"""Runs one gate's tool and judges what became of it: whatever is not understood is no pass."""

import os
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from gates.command import Subject, arguments
from gates.declaration import HOME, Gate
from gates.environment import sanitised
from gates.finding import Finding
from gates.outcome import BrokenError, Outcome, Status
from gates.readers import READERS, Ended, Reading, ReportError
from gates.tools import Tool, tool

SAID = 300
"""Characters of a tool's last words that a reason quotes."""


def execute(gate: Gate, files: Sequence[str], subject: Subject) -> Outcome:
    """Run a gate on its files."""
    started = time.monotonic()
    outcome = Outcome(gate=gate.name, about=gate.about, unit=gate.unit, status=Status.BROKEN)
    try:
        used = tool(gate)
        outcome = replace(outcome, version=used.version)
        outcome = _judged(outcome, gate, _read(gate, used, files, subject), len(files))
    except BrokenError as exc:
        outcome = replace(outcome, reason=printable(str(exc)))
    except Exception as exc:  # noqa: BLE001 - a fault of ours is no pass either
        outcome = replace(outcome, reason=printable(f"the runner itself failed: {exc!r}"))
    return replace(outcome, seconds=time.monotonic() - started)


def _read(gate: Gate, used: Tool, files: Sequence[str], subject: Subject) -> Reading:
    """Run the tool, and refuse whatever it does that it does not do when it judges.

    Raises:
        BrokenError: says what, and what to do.
    """
    if not files:
        raise BrokenError(f"there is no file for it ({' '.join(gate.reads)}); is something gone?")
    with ExitStack() as stack:
        if gate.staged:
            subject = replace(subject, root=stack.enter_context(_stage(subject.root, files)))
        return _understood(gate, _run(gate, used, files, subject))


def _understood(gate: Gate, ended: Ended) -> Reading:
    if ended.status not in {0, *gate.finds}:
        raise BrokenError(f"it ended with status {ended.status}: {_said(ended)}; {gate.hint}")
    try:
        reading = READERS[gate.report](ended)
    except ReportError as exc:
        raise BrokenError(f"{exc}; it said: {_said(ended)}; {gate.hint}") from None
    if bool(reading.findings) != bool(ended.status):
        raise BrokenError(
            f"it ended with status {ended.status} and reports {len(reading.findings)} findings: "
            f"one of them is wrong; {gate.hint}"
        )
    return reading


def _judged(outcome: Outcome, gate: Gate, reading: Reading, files: int) -> Outcome:
    """Turn a reading into an outcome, once it is sure that the tool looked at everything."""
    if reading.scanned <= 0:
        raise BrokenError(f"it looked at no {gate.unit}, so a pass would prove nothing")
    if gate.unit == "files" and reading.scanned != files:
        raise BrokenError(
            f"it looked at {reading.scanned} of {files} files; "
            "does its configuration leave something out?"
        )
    findings = tuple(_printable(each) for each in reading.findings if gate.counts(each.level))
    below = len(reading.findings) - len(findings)
    notes = (*reading.notes, *([f"{below} below {gate.threshold}"] if below else []))
    return replace(
        outcome,
        status=Status.FOUND if findings else Status.PASSED,
        findings=findings,
        scanned=reading.scanned,
        notes=tuple(map(printable, notes)),
    )


@contextmanager
def _stage(root: Path, files: Sequence[str]) -> Iterator[Path]:
    """Lay out a folder that holds these files and nothing that is ignored, installed or hidden."""
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, place)
        yield Path(folder)


def _run(gate: Gate, used: Tool, files: Sequence[str], subject: Subject) -> Ended:
    online = gate.needs_advisories and subject.advisories is None
    with tempfile.TemporaryDirectory() as home:
        environment = sanitised(os.environ, Path(home), subject.root, network=online)
        environment |= gate.variables
        if gate.command[0] == "python":
            # Ours; a scanner would take our folders for its own modules.
            environment["PYTHONPATH"] = str(HOME)
        try:
            process = subprocess.Popen(
                [used.program, *arguments(gate, used, files, subject)],
                cwd=subject.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as exc:
            raise BrokenError(f"{used.program.name} does not start ({exc}); {gate.hint}") from None
        with process:
            try:
                out, err = process.communicate(timeout=gate.timeout_s)
            except subprocess.TimeoutExpired:
                end(process.pid)
                raise BrokenError(f"it took longer than {gate.timeout_s} s; {gate.hint}") from None
    return Ended(
        gate=gate.name,
        root=subject.root,
        files=files,
        status=process.returncode,
        out=out.decode("utf-8", "replace"),
        err=err.decode("utf-8", "replace"),
    )


def end(pid: int) -> None:
    """Kill a process and all that it started."""
    try:
        family = psutil.Process(pid).children(recursive=True)
        family.append(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return
    for each in family:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


def printable(text: str) -> str:
    """Show what steers a terminal or turns a line's direction as what it is."""
    return "".join(
        f"\\u{ord(each):04x}" if unicodedata.category(each) in {"Cc", "Cf", "Cs"} else each
        for each in text.replace("\n", " ").replace("\t", " ")
    )


def _printable(finding: Finding) -> Finding:
    return replace(
        finding,
        rule=printable(finding.rule),
        path=printable(finding.path),
        message=printable(finding.message),
        fix=printable(finding.fix),
    )


def _said(ended: Ended) -> str:
    return " ".join((ended.err.strip() or ended.out.strip() or "nothing").split())[-SAID:]
