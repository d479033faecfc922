"""Plans, applies and moves traffic in a job: the state in its bucket, the plan in another."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.desk import surroundings
from deploy.jobs import addresses
from deploy.jobs.run import Job
from deploy.plans import lock, rollout, saved, standing, summary
from deploy.plans.github import GitHub
from deploy.plans.planning import Planning
from deploy.plans.root import Root
from deploy.plans.saved import Record
from deploy.plans.steps import BACK, STEPS, Move
from deploy.plans.store import Bucket
from deploy.reference import RefusedError

HOME = Path(__file__).parent.parent.parent
MOVES: Mapping[str, Move] = {
    "back": BACK,
    "finish": STEPS[-1],
    **{str(each.percent): each for each in STEPS[:-1]},
}
"""What the workflow calls each step."""
OURS = ("ACTIONS_", "GITHUB_", "SIGSTORE_")
"""How the variables begin that are none of Terraform's or a provider's business."""


def plan(job: Job) -> None:
    """Plan what comes next, show it, and keep it for whoever approves its digest.

    Tells the workflow `digest`, `record`, whether there are `changes`, and whether requests are to
    `move` afterwards.

    Raises:
        PlanRefusedError: nobody may apply it.
        StandingError, TerraformError, StoreError: there is no plan.
        RefusedError: another commit or project is checked out.
    """
    with initialized(job) as (root, file):
        told = surroundings.handed_over(HOME, job.given("PROJECT_ID"))
        images = {name: str(image) for name, image in job.images().items()}

        def show(markdown: str) -> None:
            # The log and the summary; there is no value of the plan in it.
            click.echo(markdown)
            job.show(markdown)

        planning = Planning(root, job.commit, told["registry"], told["smoke"], show, lock=False)
        record, planned, notices = planning.plan(images, file)
        digest = saved.keep(_plans(job), file.read_bytes(), record)
    show(summary.markdown(planned, notices, digest=digest))
    job.tell(
        digest=digest,
        record=record.written.decode(),
        # Where nothing changes but requests are to move, they still have to be moved.
        changes=_word(bool(planned.changes or planned.changed_outputs or record.revisions)),
        moves=_word(bool(record.revisions)),
    )


def apply(job: Job) -> None:
    """Apply the plan that was approved, unless a run that died did; tell where to look at it.

    Tells the workflow `url` of what is to be tried (empty before there are services), `service`,
    `audience` and `topic`.

    Raises:
        SavedPlanError: it is not what was approved, or does not fit any more.
        LockError: another run goes on, or somebody holds the state.
        TerraformError, StoreError: it could not be applied, or not all of it.
    """
    with initialized(job) as (root, file):
        record, digest = _record(job), job.given("RELEASE_DIGEST")
        _alone(job, root)
        state = root.state()
        if rollout.pending(record, state, _standing(root, record, file)):
            _, content = saved.fetch(_plans(job), digest, job.commit, state)
            file.write_bytes(content)
            root.apply(file)
            click.echo("applied")
        seen = root.plan({"images": record.images}, file)
    job.tell(**addresses.read(seen.prior_state))


def step(job: Job) -> None:
    """Move traffic to a step, or back; tell when it `began`.

    Raises:
        PlanRefusedError: that would do more than move traffic.
        StandingError: somebody moved traffic by hand.
        LockError: another run goes on, or somebody holds the state.
        TerraformError, StoreError: it could not be applied.
    """
    name = job.given("RELEASE_STEP")
    if (to := MOVES.get(name)) is None:
        raise RefusedError(f"there is no step {name!r}: {', '.join(MOVES)}")
    with initialized(job) as (root, file):
        release = _record(job).release
        _alone(job, root)
        if to is BACK:
            rollout.roll_back(root, release, file)
        else:
            rollout.move(root, release, to, file)
    click.echo(f"done: {to}")
    job.tell(began=datetime.now(UTC).isoformat())


def _standing(root: Root, record: Record, file: Path) -> Mapping[str, standing.Service]:
    """Look at the cloud; what is planned with that look is thrown away."""
    return standing.read(root.plan({"images": record.images}, file).prior_state)


@contextmanager
def initialized(job: Job) -> Iterator[tuple[Root, Path]]:
    """Initialize Terraform at this run's commit; gives a private file for plans, too.

    Raises:
        RefusedError: another commit or project is checked out.
        TerraformError: provider or state cannot be had.
    """
    checked_out = surroundings.commit(HOME)
    if checked_out != job.commit:
        raise RefusedError(
            f"{checked_out[:12]} is checked out, and the run is of {job.commit[:12]}"
        )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    # Variables of an environment could name another project than the one that was committed.
    project = job.given("PROJECT_ID")
    surroundings.foundation(HOME, project)
    if not job.given("STATE_BUCKET").startswith(f"{project}-pipeline-state-"):
        raise RefusedError(f"{job.given('STATE_BUCKET')} is not {project}'s state")
    root = Root(HOME / "terraform", os.environ.get("TERRAFORM") or "terraform", environment)
    root.initialize(job.given("STATE_BUCKET"))
    with tempfile.NamedTemporaryFile(suffix=".tfplan") as file:
        yield root, Path(file.name)


def _record(job: Job) -> Record:
    """Read what was approved, of this commit."""
    record = saved.read(job.given("RELEASE_RECORD").encode(), job.given("RELEASE_DIGEST"))
    if record.commit != job.commit:
        raise RefusedError(f"the plan is of commit {record.commit[:12]}, not {job.commit[:12]}")
    return record


def _alone(job: Job, root: Root) -> None:
    """Take away the lock of a run that died, and write down who is about to lock."""
    bucket = Bucket(job.given("STATE_BUCKET"), lambda: job.token)
    runs = GitHub(job.repository, lambda: job.given("GITHUB_TOKEN"))
    if taken := lock.recover(bucket, runs, root.force_unlock):
        click.echo(f"the lock {taken} of a run that died was taken away")
    lock.announce(bucket, job.run_id, job.attempt, job.job_id)


def _plans(job: Job) -> Bucket:
    return Bucket(job.given("PLANS_BUCKET"), lambda: job.token)


def _word(yes: bool) -> str:  # noqa: FBT001 - the one thing that it writes
    return json.dumps(yes)
