"""Runs the gates, as many at a time as there are cores, and makes one verdict of them."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import psutil

from gates import changes, execution, tree, waivers
from gates.advisories.records import AdvisoriesError
from gates.advisories.records import read as read_advisories
from gates.command import Subject
from gates.declaration import Gate
from gates.outcome import BrokenError, Outcome, Status
from gates.verdict import Verdict


class Watcher(Protocol):
    """Whoever shows how far it is; called from several threads."""

    def started(self, gate: Gate) -> None:
        """A gate begins."""

    def ended(self, outcome: Outcome) -> None:
        """A gate has come to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which gates are asked."""

    names: Sequence[str] = ()
    """All if none is named."""
    since: str = ""
    """A commit: only the gates run that the changes since then concern."""
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    """How many run at a time."""


@dataclass(frozen=True, slots=True)
class Work:
    """One gate to run, with what it reads."""

    gate: Gate
    files: Sequence[str]
    concerned: bool


def judge(
    gates: Mapping[str, Gate], subject: Subject, question: Question, watcher: Watcher
) -> Verdict:
    """Run the gates.

    Args:
        gates: what `declaration.read` gave, longest first.
        subject: what is judged.
        question: which of the gates, and how many at a time.
        watcher: is told as it goes.

    Raises:
        BrokenError: nothing can be asked at all.
    """
    work = _plan(gates, subject, question)
    started, now = time.monotonic(), datetime.now(UTC)
    outcomes = _run(work, subject, watcher, question.workers)
    wall_s = time.monotonic() - started
    register = waivers.read(subject.root, now.date())
    waived, complaints = waivers.apply(outcomes, register, gates)
    return Verdict(
        outcomes=waived,
        complaints=complaints,
        wall_s=wall_s,
        sum_s=sum(outcome.seconds for outcome in outcomes),
        commit=tree.commit(subject.root),
        made=now,
        notes=tuple(_notes(subject)),
    )


def _plan(gates: Mapping[str, Gate], subject: Subject, question: Question) -> list[Work]:
    """Choose the gates; one that needs an image is left out where none is given."""
    names = question.names
    if unknown := [name for name in names if name not in gates]:
        raise BrokenError(f"no gate {', '.join(unknown)}; there are {', '.join(gates)}")
    changed = changes.since(subject.root, question.since) if question.since else None
    work = []
    for gate in (gates[name] for name in gates if name in names or not names):
        if gate.given == "image" and subject.image is None:
            if gate.name in names:
                raise BrokenError(f"{gate.name} needs an image: --image ARCHIVE")
            continue
        files = tree.files(subject.root, gate.reads, gate.interpreters)
        concerned = changed is None or changes.concerns(subject.root, gate, files, changed)
        work.append(Work(gate, files, concerned))
    return work


def _run(
    work: Sequence[Work], subject: Subject, watcher: Watcher, workers: int
) -> tuple[Outcome, ...]:
    """Run them; whatever ends this early ends all that was started, too."""
    pool = ThreadPoolExecutor(workers)
    try:
        return tuple(pool.map(lambda each: _execute(each, subject, watcher), work))
    except BaseException:
        for child in psutil.Process().children():
            execution.end(child.pid)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _execute(work: Work, subject: Subject, watcher: Watcher) -> Outcome:
    gate = work.gate
    if work.concerned:
        watcher.started(gate)
        outcome = execution.execute(gate, work.files, subject)
    else:
        outcome = Outcome(gate=gate.name, about=gate.about, status=Status.UNTOUCHED, unit=gate.unit)
    watcher.ended(outcome)
    return outcome


def _notes(subject: Subject) -> list[str]:
    """Say what nobody may overlook."""
    if subject.advisories is None:
        return []
    try:
        note = read_advisories(subject.advisories).note
    except AdvisoriesError as exc:
        note = execution.printable(str(exc))
    return [f"OFFLINE: no current advisories were asked. The data: {note}"]
