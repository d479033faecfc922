"""Has Terraform compare the pipeline's state with the cloud: it changes neither, and locks nothing.

The state is what was applied last, so a release that is not at its end is no drift, and neither is
a commit that nobody has approved yet.
"""

from pathlib import Path

from deploy.cloud_run import everywhere
from deploy.google import Google
from deploy.jobs import pipeline
from deploy.jobs.run import Job
from deploy.nightly import drift
from deploy.nightly.drift import Drift
from deploy.nightly.errors import NotSeenError
from deploy.plans.lock import LOCK
from deploy.plans.root import Root
from deploy.plans.saved import State
from deploy.plans.store import Bucket, MissingError

NOTHING = Drift(looked_at=0, differences=())
INITIAL = 1
"""The serial of a state to which nothing was applied yet: `terraform init` writes an empty one."""


def compare(job: Job) -> Drift:
    """Look for drift.

    Raises:
        NotSeenError: it could not be found out, or somebody applied something meanwhile.
        GoogleError, PlanRefusedError, RefusedError, SavedPlanError, StoreError, TerraformError: the
            same.
    """
    with pipeline.initialized(job) as (root, file):
        bucket = Bucket(job.given("STATE_BUCKET"), lambda: job.token)
        found = between(root, file, bucket)
    if not found.looked_at:
        _nothing_runs(job)
    return found


def between(root: Root, file: Path, bucket: Bucket) -> Drift:
    """Look while nobody else writes.

    Raises:
        NotSeenError: somebody does.
    """
    state = _at_rest(root, bucket)
    if state == State():
        return NOTHING
    plan = root.plan({}, file, lock=False, refresh_only=True)
    if _at_rest(root, bucket) != state:
        raise NotSeenError("something was applied meanwhile: run it again")
    found = drift.find(plan)
    if not found.looked_at and state.serial > INITIAL:
        raise NotSeenError("the state was written before and holds nothing: was it emptied?")
    return found


def _at_rest(root: Root, bucket: Bucket) -> State:
    try:
        bucket.read(LOCK)
    except MissingError:
        return root.state()
    raise NotSeenError(
        "somebody holds the state's lock: run it again, or give the lock back (docs/rollout.md)"
    )


def _nothing_runs(job: Job) -> None:
    """Before a first deployment there is no state; later that would be a state that was lost."""
    project = job.given("PROJECT_ID")
    if any(True for _ in everywhere(Google(job.token), project, "services")):
        raise NotSeenError(f"{project} runs services, and the state has nothing of them")
