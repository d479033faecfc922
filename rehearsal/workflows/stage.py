"""One run of `ci.yml` from the tree to what came of it."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from rehearsal.errors import RehearsalError
from rehearsal.workflows import act, events, surroundings, trees
from rehearsal.workflows.runs import CHECK, Run
from rehearsal.workflows.standins import standins
from rehearsal.workflows.trees import Tree

WORKFLOW = ".github/workflows/ci.yml"


@dataclass(frozen=True, slots=True)
class Stage:
    """What all runs share."""

    folder: Path
    tree: Tree
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    run: Run
    results: Mapping[str, str]
    complaints: list[str]
    last_words: str
    seconds: float
    summary: str

    def ended(self, result: str) -> list[str]:
        """List the jobs with this result, but for the one that stands for all."""
        got = {job: self.results.get(job, "skipped") for job in self.run.expected}
        return [job for job, ended in got.items() if ended == result and job != CHECK]


@contextmanager
def prepared(source: Path = surroundings.ROOT) -> Iterator[Stage]:
    """Copy the tree and lay out what the jobs need; takes all of it away afterwards.

    Raises:
        MissingError: something is not installed.
    """
    act.find()
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    try:
        environment = surroundings.prepare(folder)
        tree = trees.copy(source, folder / "tree")
        surroundings.link(folder, tree.folder)
        yield Stage(folder, tree, environment)
    finally:
        remove(folder)


def play(stage: Stage, run: Run) -> Outcome:
    """Run the workflow once, and leave nothing of it."""
    started = time.monotonic()
    folder = stage.folder / run.name
    folder.mkdir()
    try:
        tree = trees.planted(stage.tree, run.fault, folder / "tree") if run.fault else stage.tree
        given = {"REHEARSAL_GATES": run.gates, **(run.fault.environment if run.fault else {})}
        done = act.run(
            tree.folder,
            WORKFLOW,
            events.write(run.event, tree.commit, tree.base, folder),
            standins((tree.folder / WORKFLOW).read_text("utf-8")),
            surroundings.of_run(stage.environment, folder, given, reads_only=run.event == "fork"),
        )
    finally:
        remove(folder)
    results = {name: job.result for name, job in done.jobs.items()}
    complaints = list(
        run.complaints(results, {name: "\n".join(job.said) for name, job in done.jobs.items()})
    )
    red = {name for name, result in results.items() if result != run.expected.get(name)}
    words = "\n".join(f"--- {name}\n{done.jobs[name].last_words}" for name in sorted(red))
    seconds = time.monotonic() - started
    return Outcome(run, results, complaints, words, seconds, done.summary)


def remove(folder: Path) -> None:
    """Take a folder away, and what a job that was ended left mounted in it before.

    Raises:
        RehearsalError: something is still mounted, and would be emptied from inside.
    """
    for target in reversed(_mounted(folder)):
        subprocess.run(["umount", target], capture_output=True, check=False)
    if left := _mounted(folder):
        raise RehearsalError(f"still mounted, so nothing is removed: {', '.join(left)}")
    shutil.rmtree(folder)


def _mounted(folder: Path) -> list[str]:
    """List what is mounted below a folder, outer before inner."""
    targets = [part.mountpoint for part in psutil.disk_partitions(all=True)]
    return sorted(target for target in targets if Path(target).is_relative_to(folder.resolve()))
