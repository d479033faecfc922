"""Runs a workflow with act on this machine, without a container engine, and reads what came of it.

act enforces no `permissions`, `concurrency` and rules of branches: tests/github/ is for those.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gates.execution import end
from rehearsal.errors import MissingError, RehearsalError
from toolchain.install import find as find_tool

TIMEOUT_S = 600
JOBS_AT_ONCE = 4
"""Each waits for disks and for others; on two cores this keeps both busy."""
RUNNER = "ubuntu-24.04"
"""The only label that our workflows run on."""
LAST_LINES = 12


@dataclass(slots=True)
class Job:
    """One job, all its matrix together."""

    results: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    """What its commands printed, line by line."""
    failed: list[str] = field(default_factory=list)
    """The steps that failed, in order."""

    @property
    def result(self) -> str:
        """`success` if all of it succeeded."""
        return "success" if self.results == {"success"} else "failure"

    @property
    def last_words(self) -> str:
        """What it said last."""
        return "\n".join(self.said[-LAST_LINES:])


@dataclass(slots=True)
class Done:
    """What a run came to; a job that was skipped is not in it."""

    status: int
    jobs: dict[str, Job] = field(default_factory=dict)
    summary: str = ""
    """All that was written into job summaries."""


def find() -> Path:
    """Find act.

    Raises:
        MissingError: it is not installed.
    """
    program = find_tool("act")
    if program is None:
        raise MissingError(
            "act runs the workflows: `python -m toolchain act` installs it, where there is Go"
        )
    return program


def run(  # noqa: PLR0913 - what a run needs, once
    tree: Path,
    workflow: str,
    event: Path,
    actions: Mapping[str, Path],
    environment: Mapping[str, str],
    *,
    options: Sequence[str] = (),
    started: Callable[[int], None] = lambda _: None,
    timeout_s: int = TIMEOUT_S,
) -> Done:
    """Run a workflow of a tree as it would run on an event.

    Args:
        tree: a git repository; act copies it for each job.
        workflow: its path in the tree.
        event: a file named after the event, which holds the event's payload.
        actions: what stands in for `OWNER/NAME@REF`.
        environment: of act and, as there is no container around them, of all steps.
        options: further ones of act.
        started: is told act's process id.
        timeout_s: how long it may take.

    Raises:
        RehearsalError: act did not come to an end, or did not start a job.
    """
    command: list[str | Path] = [
        find(),
        event.stem,
        f"--workflows={workflow}",
        f"--eventpath={event}",
        "--json",
    ]
    command += [
        f"--platform={RUNNER}=-self-hosted",
        f"--concurrent-jobs={JOBS_AT_ONCE}",
        "--pull=false",
        "--no-cache-server",
    ]
    # Files of these names in the tree would be read, and a pull request may bring some.
    for kind in ("env-file", "input-file", "secret-file", "var-file"):
        command.append(f"--{kind}={os.devnull}")
    command += [f"--local-repository={uses}={folder}" for uses, folder in actions.items()]
    command += options
    out, err, status = _end(command, tree, environment, started, timeout_s)
    done = Done(status)
    for line in out.splitlines():
        _read(done, line)
    if not done.jobs:
        raise RehearsalError(f"act started no job: {err.strip()[-500:] or out[-500:]}")
    return done


def _end(
    command: Sequence[str | Path],
    tree: Path,
    environment: Mapping[str, str],
    started: Callable[[int], None],
    timeout_s: int,
) -> tuple[str, str, int]:
    with subprocess.Popen(
        command,
        cwd=tree,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        started(process.pid)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except BaseException as exc:
            # Its steps have process groups of their own.
            end(process.pid)
            if isinstance(exc, subprocess.TimeoutExpired):
                raise RehearsalError(f"act took longer than {timeout_s} s") from None
            raise
    return out, err, process.returncode


def _read(done: Done, line: str) -> None:
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return
    if "jobID" not in told:
        return
    job = done.jobs.setdefault(told["jobID"], Job())
    if "jobResult" in told:
        job.results.add(told["jobResult"])
    if told.get("stepResult") == "failure":
        job.failed.append(told["step"])
    if told.get("command") == "summary":
        done.summary += told["content"]
    if told.get("raw_output"):
        job.said += told["msg"].splitlines()
