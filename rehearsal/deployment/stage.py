"""One run of deploy.yml, from the commit to what serves afterwards."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from deploy.canary.pace import WHOLE
from deploy.plans.root import TerraformError
from gates.execution import end
from local.layout import LocalError
from local.release.registry import tool
from local.release.workflow_identity import REQUEST_TOKEN
from rehearsal.deployment import flat, images
from rehearsal.deployment.cloud import Cloud
from rehearsal.deployment.identities import Run as Job
from rehearsal.deployment.publishers import Publishers
from rehearsal.deployment.revisions import API, FUNCTION
from rehearsal.deployment.runs import Run
from rehearsal.errors import MissingError, RehearsalError
from rehearsal.workflows import act, events, surroundings, trees
from rehearsal.workflows.events import REPOSITORY
from rehearsal.workflows.faults import Fault
from rehearsal.workflows.stage import prepared as laid_out
from rehearsal.workflows.standins import standins
from rehearsal.workflows.trees import Tree
from toolchain.install import find, pins

WORKFLOW = ".github/workflows/deploy.yml"
LARGEST_RUN = 1_000_000
"""More than the messages of one run."""
SMALL = Fault(
    about="small images in the place of the built ones",
    job="",
    path="Makefile",
    old="release-images: setup toolchain-image ## Build and scan both images for the release, "
    "on the pinned bases\n\t@$(BIN)/python -m deploy.jobs.build\n",
    new="release-images:\n\t@$(BIN)/python -m rehearsal.deployment.images\n",
)
PROGRAMS = ("cosign", "skopeo")
ACTS_OWN = "api.nektosact.com"
"""Where act itself looks for a newer one."""
TIMEOUT_S = 1800
ENVIRONMENTS = {
    "VENV": ".venv",
    "EMULATORS_VENV": ".venv-emulators",
    "RELEASE_VENV": ".venv-release",
    "TERRAFORM_VENV": ".venv-terraform",
    "GATES_VENV": ".venv-gates",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    run: Run
    results: Mapping[str, str]
    complaints: list[str]
    serves: str
    """Who has all requests of both services afterwards: `stable`, `candidate`, or `no` revision."""
    published: int
    """How many messages; all are in the table once, or it is a complaint."""
    last_words: str
    seconds: float


class Stage:
    """A project, and commits that are deployed into it one after the other."""

    def __init__(
        self, folder: Path, tree: Tree, environment: Mapping[str, str], cloud: Cloud
    ) -> None:
        self.cloud = cloud
        self._folder, self._tree, self._environment = folder, tree, environment
        self._numbers = count(1)
        self._function = "an earlier commit"
        """What is in the function's image that serves."""

    def play(self, run: Run) -> Outcome:
        """Push a commit, and see what becomes of it."""
        started = time.monotonic()
        number = next(self._numbers)
        folder = self._folder / f"run-{number}"
        tree = self._commit(run, folder, number)
        if run.begins_on_another and not self.cloud.cloud_run.traffic():
            self._deploy_before(folder)
        before = self._serving()
        cloud = self.cloud
        for name, service in cloud.cloud_run.services.items():
            service.fault = run.trouble.get(name)
        cloud.tampered = _swapped if run.swaps_plan else lambda _, content: content
        done = act.Done(0)
        function = f"run {number}" if run.of_both else self._function
        publishers = self._publishers(run, number) if run.moves else None
        with publishers or nullcontext():
            for attempt in range(1, run.attempts + 1):
                done = self._attempt(run, tree, folder / str(attempt), number, attempt, function)
                ended = datetime.now(UTC).isoformat()
                cloud.github.ended[number, attempt] = ended
        results = {name: job.result for name, job in done.jobs.items()}
        logs = {name: "\n".join(job.said) for name, job in done.jobs.items()}
        serves = self._who(run, before)
        if serves == "candidate":
            self._function = function
        found = [*run.complaints(results, logs, serves), *self._surprises()]
        if publishers:
            found += publishers.complaints()
        red = [name for name, result in results.items() if result != run.ends.get(name)]
        words = "\n".join(f"--- {name}\n{done.jobs[name].last_words}" for name in red or run.says)
        published = publishers.published if publishers else 0
        seconds = time.monotonic() - started
        return Outcome(run, results, found, serves, published, words, seconds)

    def _publishers(self, run: Run, number: int) -> Publishers:
        function = self.cloud.cloud_run.function
        begin = number * LARGEST_RUN
        return Publishers(self.cloud.stack.ports, lambda: function.share, run.minute_s, begin)

    def _surprises(self) -> list[str]:
        """Tell what an identity tried that it may not: no run of ours has a reason to."""
        cloud = self.cloud
        refused = [*cloud.permits.refused, *cloud.identities.refused, *cloud.cloud_run.refused]
        found = [f"not permitted: {each}" for each in refused]
        found += [f"asked for {host}" for host in sorted(cloud.network.refused - {ACTS_OWN})]
        cloud.network.refused.clear()
        cloud.permits.refused.clear()
        cloud.identities.refused.clear()
        cloud.cloud_run.refused.clear()
        return found

    def _commit(self, run: Run, folder: Path, number: int) -> Tree:
        """Commit something new, and what is planted; main is where the commit is."""
        folder.mkdir()
        change = Fault(about=run.about, job="", path="docs/planted.md", new=f"{number}\n")
        tree = trees.planted(self._tree, change, folder / "changed")
        if run.planted:
            tree = trees.planted(tree, run.planted, folder / "planted")
        return tree

    def _attempt(  # noqa: PLR0913, PLR0917 - what an attempt needs, once
        self, run: Run, tree: Tree, folder: Path, number: int, attempt: int, function: str
    ) -> act.Done:
        folder.mkdir()
        flattened = folder / "deploy.yml"
        text = flat.written_out(tree.folder, WORKFLOW)
        flattened.write_text(text, "utf-8")
        cloud = self.cloud
        cloud.identities.run = Job(tree.folder, REPOSITORY, tree.commit, number, attempt)
        given = {
            **cloud.environment(),
            **run.environment,
            "CANARY_MINUTE_S": str(run.minute_s),
            images.FUNCTION: function,
            "REHEARSAL_PYTHON": str(surroundings.ROOT / ".venv" / "bin" / "python"),
            "REHEARSAL_REQUEST_TOKEN": REQUEST_TOKEN,
        }
        dies = run.dies_at if attempt == 1 else 0
        try:
            return act.run(
                tree.folder,
                str(flattened),
                events.write("push", tree.commit, tree.base, folder),
                standins(text),
                surroundings.of_run(self._environment, folder, given, reads_only=False),
                options=[
                    *(f"--var={name}={value}" for name, value in cloud.variables.items()),
                    f"--env=GITHUB_RUN_ID={number}",
                    f"--env=GITHUB_RUN_ATTEMPT={attempt}",
                    "--secret=GITHUB_TOKEN=of-the-rehearsal",
                ],
                started=lambda pid: self._killing(pid, dies),
                timeout_s=TIMEOUT_S,
            )
        finally:
            cloud.on_state = lambda: None

    def _killing(self, pid: int, share: int) -> None:
        """Let the runner die with all that it started, once the cloud has done a step."""

        def kill() -> None:
            if share in self.cloud.cloud_run.traffic().values():
                end(pid)
                raise RehearsalError("the runner died")

        if share:
            self.cloud.on_state = kill

    def _deploy_before(self, folder: Path) -> None:
        """Put an earlier release in place."""
        scanned = datetime.now(UTC)
        images.lay_out(folder / "before", "an earlier commit", self._function, "nowhere", scanned)
        self.cloud.deploy(images.named(folder / "before", self.cloud.variables["IMAGES"]))

    def _serving(self) -> dict[str, str]:
        """Tell by service which revision has all requests; empty if none has."""
        run = self.cloud.cloud_run
        shares = {service: run.traffic(service) for service in run.services}
        return {
            service: next((name for name, percent in each.items() if percent == WHOLE), "")
            for service, each in shares.items()
        }

    def _who(self, run: Run, before: Mapping[str, str]) -> str:
        now = self._serving()
        if now == before:
            return "stable"
        moved = {service for service in now if now[service] != before[service]}
        wanted = (
            {API.name, FUNCTION.name} if run.of_both or not any(before.values()) else {API.name}
        )
        return "candidate" if moved == wanted and all(now.values()) else "no"


def _swapped(name: str, content: bytes) -> bytes:
    return b"another plan" if name.endswith(".tfplan") else content


def _put(path: Path, program: Path) -> None:
    """Put a program on the jobs' path; by a link it would not find what lies beside it."""
    path.write_text(f'#!/bin/sh\nexec "{program}" "$@"\n', "utf-8")
    path.chmod(0o755)


def _program(name: str) -> Path:
    """Find a program that a job would install.

    Raises:
        MissingError: it is not installed.
    """
    if (found := find(name) if name in pins() else tool(name)) is None:
        raise MissingError(f"{name} is missing: make toolchain-release")
    return found


@contextmanager
def prepared() -> Iterator[Stage]:
    """Start the cloud, and lay out what the jobs need; ends all of it afterwards.

    Raises:
        MissingError: something is not installed.
        RehearsalError: something did not start.
    """
    try:
        with laid_out() as theatre, Cloud(surroundings.ROOT, theatre.folder / "cloud") as cloud:
            for name in PROGRAMS:
                _put(theatre.folder / "tools" / name, _program(name))
            environment = {
                **theatre.environment,
                **{name: str(theatre.folder / venv) for name, venv in ENVIRONMENTS.items()},
            }
            tree = _tree(theatre.tree, theatre.folder, cloud)
            yield Stage(theatre.folder, tree, environment, cloud)
    except (LocalError, TerraformError) as exc:
        raise RehearsalError(str(exc)) from exc


def _tree(tree: Tree, folder: Path, cloud: Cloud) -> Tree:
    """Commit what an adopter commits, and the small images."""
    # The jobs are told where those are: a tree that holds more than its commit is refused.
    for link in tree.folder.glob(".venv*"):
        link.unlink()
    files = [
        Fault(about=f"adopt {path}", job="", path=path, new=text)
        for path, text in cloud.adopted().items()
    ]
    for number, fault in enumerate((SMALL, *files)):
        tree = trees.planted(tree, fault, folder / f"adopted-{number}")
    return replace(tree, base=tree.commit)
