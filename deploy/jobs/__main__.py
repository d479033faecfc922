"""`python -m deploy.jobs COMMAND`: one command for each job of the release's workflows.

They read nothing but what the workflow gives them: `deploy/jobs/run.py`.
"""

import json
import os
import sys
from typing import Any

import click

from deploy.canary.decision import Verdict
from deploy.cosign import CosignError
from deploy.documents import UnreadableError
from deploy.google import GoogleError
from deploy.jobs import decision, pipeline, publication, statements
from deploy.jobs.run import Job
from deploy.plans.lock import LockError
from deploy.plans.refusal import PlanRefusedError
from deploy.plans.root import TerraformError
from deploy.plans.saved import SavedPlanError
from deploy.plans.standing import StandingError
from deploy.plans.store import StoreError
from deploy.plans.summary import masked
from deploy.reference import RefusedError
from toolchain.install import ToolError

FAILURES = (
    CosignError,
    GoogleError,
    LockError,
    PlanRefusedError,
    RefusedError,
    SavedPlanError,
    StandingError,
    StoreError,
    TerraformError,
    ToolError,
    UnreadableError,
)


class Commands(click.Group):
    """Says in a line why a job ends, without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except FAILURES as exc:
            raise click.ClickException(masked(str(exc))) from exc


@click.group(cls=Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """Do a job of the release."""
    context.obj = Job(dict(os.environ))


@main.command()
@click.pass_obj
def push(job: Job) -> None:
    """Push both images under their commit's tag, and name them by digest."""
    images = {name: str(image) for name, image in publication.push(job).items()}
    for image in images.values():
        click.echo(f"pushed: {image}")
    job.tell(images=json.dumps(images))


@main.command()
@click.pass_obj
def sign(job: Job) -> None:
    """Sign both images, and what is said of them."""
    for image in statements.sign(job):
        click.echo(f"signed: {image}, as {job.signer}")


@main.command()
@click.pass_obj
def verify(job: Job) -> None:
    """Verify both images, with everything that has to be true of them."""
    for image in statements.verify(job):
        click.echo(f"may be deployed: {image}")


@main.command()
@click.pass_obj
def attest(job: Job) -> None:
    """Attest both images for Binary Authorization."""
    # Only here is more needed than click, pydantic and requests.
    from deploy.jobs import attestation  # noqa: PLC0415 - see above

    for image, new in attestation.attested(job):
        click.echo(f"{'attested' if new else 'was attested before'}: {image}")


@main.command()
@click.pass_obj
def plan(job: Job) -> None:
    """Plan what comes next, and keep it under its digest."""
    pipeline.plan(job)


@main.command()
@click.pass_obj
def apply(job: Job) -> None:
    """Apply the plan of the digest that was approved."""
    pipeline.apply(job)


@main.command()
@click.pass_obj
def step(job: Job) -> None:
    """Move traffic: to 5, 25, 50 or 100 %, to the end, or back."""
    pipeline.step(job)


@main.command()
@click.pass_obj
def decide(job: Job) -> None:
    """Watch a step; status 1 is a candidate that has to be rolled back."""
    decided = decision.decide(job, lambda each: click.echo(str(each)))
    job.show(f"{job.given('RELEASE_STEP')} %: {decided}\n\n")
    sys.exit(decided.verdict is not Verdict.PROMOTE)


if __name__ == "__main__":
    main(prog_name="deploy.jobs")
