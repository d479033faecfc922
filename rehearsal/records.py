"""What `terraform test` planned: the resolved values that tests of policy and privilege read.

No test parses HCL for a value. Records are kept in `.cache/terraform` under a digest of everything
they follow from, so that many tests, in several processes, cost one run of Terraform.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from rehearsal import executable, origin, terraform
from rehearsal.errors import RehearsalError
from rehearsal.exclusion import alone
from rehearsal.origin import REPOSITORY, Origin
from rehearsal.terraform import Workspace

CACHE = REPOSITORY / ".cache" / "terraform"
KEPT = 20
"""How many records stay; the oldest go first."""
EMPTY = {"severity": "error", "summary": "there are no runs in"}


@dataclass(frozen=True, slots=True)
class Run:
    """One `run` block and what it planned."""

    file: str
    name: str
    status: str
    """`pass`, `fail`, `error` or `skip`."""
    changes: tuple[dict[str, Any], ...] = ()
    """`resource_changes`, as `terraform show -json` has them; none where the plan was to fail.

    For an `apply` run, what it left in the state in the same form.
    """
    diagnostics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it would be after the plan; an unknown value is not in `values`."""

    address: str
    type: str
    name: str
    index: str | int | None
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """A root's test run."""

    root: str
    provider: str
    seconds: float
    runs: tuple[Run, ...]
    diagnostics: tuple[str, ...]
    """Of no single run: a file that cannot be read, a root that is not valid."""

    @property
    def passed(self) -> bool:
        """Whether there were runs, and each passed."""
        if self.diagnostics or not self.runs:
            return False
        return all(run.status == "pass" for run in self.runs)

    def complaints(self) -> str:
        """Name each failure with what Terraform said about it."""
        lines = [f"{self.root}: {said}" for said in self.diagnostics]
        for run in self.runs:
            if run.status != "pass":
                lines.append(f"{self.root}: {run.file}: run {run.name!r}: {run.status}")
                lines += [f"  {said}" for said in run.diagnostics]
        return "\n".join(lines) or f"{self.root}: there are no runs"


def runs(root: str, tree: Path = REPOSITORY) -> tuple[Run, ...]:
    """Run the tests of a root, named as its folder in `tree`; from the cache if nothing changed.

    Raises:
        MissingError: Terraform is not installed, or the rehearsal's provider.
        RehearsalError: a run failed; the text is what Terraform said.
    """
    if executable.find().tofu:
        raise RehearsalError("the plans are read from tests that OpenTofu cannot run")
    used = origin.find()
    kept = CACHE / f"{root.replace('/', '-')}-{_digest(root, tree, used)}.json"
    with alone(kept.with_suffix(".lock")):
        known = _read(kept)
        if known is None:
            known = report(root, tree, used)
            # Without runs, it may have been the network that failed, and not the root.
            if known.runs:
                _keep(kept, known)
    if not known.passed:
        raise RehearsalError(known.complaints())
    return known.runs


def planned(run: Run) -> list[Resource]:
    """List the resources that are there after a run's plan; data sources are left out."""
    return [
        Resource(
            change["address"],
            change["type"],
            change["name"],
            change.get("index"),
            change["change"]["after"],
        )
        for change in run.changes
        if change["mode"] == "managed" and change["change"]["after"] is not None
    ]


def report(root: str, tree: Path = REPOSITORY, used: Origin | None = None) -> Report:
    """Validate a root and run its tests.

    Raises:
        MissingError: Terraform is not installed, or the rehearsal's provider.
        RehearsalError: there is no such root.
    """
    started = time.monotonic()
    with terraform.workspace(tree, used) as space:
        terraform.check(space, root)
        ran, complaints = _tested(space, root)
        seconds = round(time.monotonic() - started, 1)
        return Report(root, str(space.origin), seconds, ran, tuple(complaints))


def _tested(space: Workspace, root: str) -> tuple[tuple[Run, ...], list[str]]:
    try:
        terraform.initialize(space, root, "-backend=false")
    except RehearsalError as exc:
        return (), [str(exc)]
    checked = space.run(root, "validate", "-json", "-no-color")
    if checked.returncode:
        return (), [_ended("validate", checked)] if not checked.stdout.startswith("{") else (
            terraform.diagnostics(json.loads(checked.stdout)["diagnostics"])
        )
    if space.program.tofu:
        # Nothing more can be asked of it; whoever calls says so.
        return (Run("", "validate", "pass"),), []
    done = space.run(root, "test", "-json", "-verbose", "-no-color")
    ran, loose = parse(done.stdout)
    complaints = terraform.diagnostics(loose)
    if done.returncode and not complaints and all(run.status == "pass" for run in ran):
        complaints = [_ended("test", done)]
    return ran, complaints


def _ended(command: str, done: CompletedProcess[str]) -> str:
    return f"terraform {command} ended with {done.returncode}: {done.stderr.strip()}"


def parse(output: str) -> tuple[tuple[Run, ...], list[dict[str, Any]]]:
    """Read the lines of `terraform test -json -verbose`; second, the complaints of no run."""
    status: dict[tuple[str, str], str] = {}
    changes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    said: dict[tuple[str, str], list[dict[str, Any]]] = {}
    loose: list[dict[str, Any]] = []
    for line in output.splitlines():
        # What is no record is a crash; the exit status tells that.
        record: dict[str, Any] = json.loads(line) if line.startswith("{") else {"type": ""}
        key = (record.get("@testfile", ""), record.get("@testrun", ""))
        match record["type"]:
            case "test_abstract":
                for file, names in record["test_abstract"].items():
                    status |= {(file, name): "skip" for name in names or ()}
                    # A file without runs has null there, and Terraform is content with it.
                    loose += [] if names else [EMPTY | {"detail": file}]
            case "test_run" if "status" in record["test_run"]:
                status[key] = record["test_run"]["status"]
            case "test_plan":
                changes[key] = record["test_plan"].get("resource_changes", [])
            case "test_state":
                changes[key] = _created(record["test_state"].get("root_module", {}))
            case "diagnostic" if record["diagnostic"]["severity"] == "error":
                if key in status:
                    said.setdefault(key, []).append(record["diagnostic"])
                else:
                    loose.append(record["diagnostic"])
    return tuple(
        Run(
            *key,
            status[key],
            tuple(changes.get(key, [])),
            tuple(terraform.diagnostics(said.get(key, []))),
        )
        for key in status
    ), loose


def _created(module: dict[str, Any]) -> list[dict[str, Any]]:
    """List what an apply left in the state, each as the change that created it."""
    found = [
        resource | {"change": {"actions": ["create"], "after": resource["values"]}}
        for resource in module.get("resources", [])
    ]
    return found + [each for inner in module.get("child_modules", []) for each in _created(inner)]


def _digest(root: str, tree: Path, used: Origin) -> str:
    """Digest what a report follows from: the roots, this package, Terraform, the provider."""
    digest = hashlib.sha256(f"{root} {executable.find()!r} {used!r}".encode())
    ours = [path for path in Path(__file__).parent.rglob("*") if path.suffix in {".py", ".gz"}]
    for path in terraform.copied(tree) + sorted(ours):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(
            f"{path.name if path in ours else path.relative_to(tree)} {content}\n".encode()
        )
    return digest.hexdigest()[:20]


def _read(path: Path) -> Report | None:
    try:
        told = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    ran = tuple(
        Run(**(run | {"changes": tuple(run["changes"]), "diagnostics": tuple(run["diagnostics"])}))
        for run in told["runs"]
    )
    return Report(**(told | {"runs": ran, "diagnostics": tuple(told["diagnostics"])}))


def _keep(path: Path, new: Report) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(new)), "utf-8")
    partial.replace(path)
    old = sorted(CACHE.glob("*.json"), key=lambda kept: kept.stat().st_mtime, reverse=True)
    for gone in old[KEPT:]:
        gone.unlink(missing_ok=True)
        gone.with_suffix(".lock").unlink(missing_ok=True)
