"""Writes a workflow's calls of others out, as act would end at the first called one that fails.

GitHub runs the jobs after a failed call whose condition says so, and so does act where no workflow
is called: the way back is one of them. What each job was called for stays in its name.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal.errors import RehearsalError

Job = dict[str, Any]
OWN = "${{ success() || inputs.step == 'back' }}"
"""The one condition that a called job may have. Written out, its caller's says the same, since act
cancels no run."""
ORIGIN = "REHEARSAL_ORIGIN"
"""The variable that tells a job which workflow and job it is: `FILE JOB`."""


def written_out(tree: Path, workflow: str) -> str:
    """Write a workflow without calls; the job that gives a call's outputs takes the call's name.

    Args:
        tree: holds the workflows.
        workflow: the path in it of the one that calls.

    Raises:
        RehearsalError: a call that cannot be written out without changing what it means.
    """
    whole = _read(tree / workflow)
    calls = {name: _read(tree / str(job["uses"])) for name, job in whole["jobs"].items()}
    flat: dict[str, Job] = {}
    for name, job in whole["jobs"].items():
        flat |= _jobs(name, job, calls[name], str(job["uses"]).rpartition("/")[2])
    return yaml.safe_dump({**whole, "jobs": flat}, sort_keys=False, width=1000)


def _jobs(name: str, call: Job, called: Job, file: str) -> dict[str, Job]:
    jobs: dict[str, Job] = called["jobs"]
    told = [(each or {}).get("value", "") for each in (_outputs(called)).values()]
    givers = {found[1] for text in told if (found := re.search(r"jobs\.([\w-]+)\.", text))}
    last = givers.pop() if givers else next(reversed(jobs))
    if givers or (last not in jobs):
        raise RehearsalError(f"{file}: outputs of more than one job cannot be written out")
    names = {each: name if each == last else f"{name}-{each}" for each in jobs}
    made = {}
    for each, job in jobs.items():
        inner = [names[other] for other in _listed(job.get("needs"))]
        if job.get("if", OWN) != OWN:
            raise RehearsalError(f"{file}: {each} has a condition of its own")
        job = {key: value for key, value in job.items() if key != "if"}  # noqa: PLW2901 - see below
        job = _filled(job, _given(call, called))  # noqa: PLW2901 - the same job, told its inputs
        job["steps"] = [_staying(step) for step in job["steps"]]
        needs = {"needs": [*_listed(call.get("needs")), *inner]}
        condition = {"if": call["if"]} if "if" in call else {}
        if beyond := set(job["permissions"].items()) - set(call["permissions"].items()):
            raise RehearsalError(f"{file}: {each} has rights that its caller lacks: {beyond}")
        made[names[each]] = {
            **job,
            "name": names[each],
            **needs,
            **condition,
            "env": {**job.get("env", {}), ORIGIN: f"{file} {each}"},
        }
    return made


def _staying(step: Job) -> Job:
    """Let a command's step stay for a moment: act may miss what is said in the last one."""
    if "run" not in step:
        return step
    return {**step, "run": f"{step['run'].strip()} || status=$?; sleep 1; exit ${{status:-0}}"}


def _given(call: Job, called: Job) -> dict[str, str]:
    declared = _trigger(called).get("inputs") or {}
    given = call.get("with") or {}
    if set(given) - set(declared):
        raise RehearsalError(f"{call['uses']}: no such input: {set(given) - set(declared)}")
    missing = [key for key, told in declared.items() if key not in given and "default" not in told]
    if missing:
        raise RehearsalError(f"{call['uses']}: not given: {', '.join(missing)}")
    return {key: str(given.get(key, told.get("default"))) for key, told in declared.items()}


def _filled(part: Any, given: Mapping[str, str]) -> Any:
    """Put what a call gives in the place of `${{ inputs.NAME }}`."""
    if isinstance(part, dict):
        return {key: _filled(value, given) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, given) for value in part]
    if not isinstance(part, str):
        return part
    filled = re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], part)
    if "inputs." in filled:
        raise RehearsalError(f"{part}: an input within an expression")
    return filled


def _trigger(called: Job) -> Job:
    found: Job = called["on"]["workflow_call"] or {}
    return found


def _outputs(called: Job) -> Job:
    found: Job = _trigger(called).get("outputs") or {}
    return found


def _listed(needs: Any) -> list[str]:
    return [needs] if isinstance(needs, str) else list(needs or [])


def _read(path: Path) -> Job:
    read: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    # YAML 1.1 takes `on` for a truth value.
    return {"on" if key is True else key: value for key, value in read.items()}
