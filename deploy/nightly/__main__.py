"""`python -m deploy.nightly COMMAND`: a command for each job about what is deployed.

Status 0 is that all is well, 1 that something was found, 2 that something could not be seen.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from deploy.desk import surroundings
from deploy.google import Google, GoogleError
from deploy.jobs import pipeline
from deploy.jobs.run import Job
from deploy.nightly import comparison, drift, freshness, issue, keeper, layouts, serving
from deploy.nightly import deployed as handed
from deploy.nightly.errors import NotSeenError
from deploy.nightly.issues import Issues, IssuesError
from deploy.plans.refusal import PlanRefusedError
from deploy.plans.root import TerraformError
from deploy.plans.saved import SavedPlanError
from deploy.plans.store import StoreError
from deploy.plans.summary import masked
from deploy.reference import RefusedError
from gates.trivy.report import GateError
from toolchain.install import ToolError

FOUND, NOT_SEEN = 1, 2
NAME = "deployed.json"
FAILURES = (
    GateError,
    GoogleError,
    IssuesError,
    NotSeenError,
    PlanRefusedError,
    RefusedError,
    SavedPlanError,
    StoreError,
    TerraformError,
    ToolError,
)


class Commands(click.Group):
    """Ends with status 2 and a line if something could not be seen."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except FAILURES as exc:
            click.echo(f"not seen: {_printable(masked(str(exc)))}", err=True)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as exc:  # noqa: BLE001 - Python's own status, 1, would be a finding
            # Without the exception's words, in which there may be a value of the state.
            traceback.print_tb(exc.__traceback__)
            click.echo(f"not seen: the look itself failed: {type(exc).__name__}", err=True)
        sys.exit(NOT_SEEN)


@click.group(cls=Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """Look at what is deployed."""
    context.obj = Job(dict(os.environ))


@main.command()
@click.pass_obj
def deployed(job: Job) -> None:
    """Find out which images run, and fetch them for a job without a credential."""
    project = job.given("PROJECT_ID")
    registry = surroundings.foundation(pipeline.HOME, project).get("registry")
    if not registry or not isinstance(registry, str):
        raise NotSeenError(f"{surroundings.HANDOVER} names no registry: make bootstrap writes it")
    now = datetime.now(UTC)
    seen = handed.sort(*serving.look(Google(job.token), project), registry)
    # Of what could not be pulled the job that judges says that it saw nothing, and judges the rest.
    for why in layouts.pull((each.reference for each in seen.images), job.token):
        click.echo(_printable(why))
    for line in seen.strange:
        click.echo(_printable(line))
    written = seen.model_dump_json()
    # For a person; the job that judges believes the run's output.
    (layouts.FOLDER / NAME).write_text(written, "utf-8")
    for each in seen.images:
        click.echo(f"{each.image}: {'; '.join(each.used_by)}")
    click.echo(f"{project}: {seen.services} services, {len(seen.images)} images")
    job.tell(deployed=written, seen_at=freshness.written(now))


@main.command()
@click.pass_obj
def rescan(job: Job) -> None:
    """Judge what runs by the advisories of today."""
    # Only here is a scanner needed.
    from deploy.nightly import rescan as scanning  # noqa: PLC0415 - see above

    freshness.check(job.given("SEEN_AT"), datetime.now(UTC))
    seen = handed.read(job.given("DEPLOYED"))
    if not seen.services:
        # The state knows whether there should be some: that is the drift's to say.
        _end(job, [], [], "no service is deployed")
    judge = scanning.today()
    found, unseen = scanning.judged(seen, judge)
    judged = f"{len(seen.images)} images of {seen.services} services"
    told = f"{judged}, {judge.advisories.note}, {len(found)} findings, {len(unseen)} not seen"
    _end(job, found, unseen, told)


@main.command("drift")
@click.pass_obj
def drift_command(job: Job) -> None:
    """Compare the pipeline's state with the cloud, and hand over what differs."""
    now = datetime.now(UTC)
    found = comparison.compare(job)
    for each in found.differences:
        click.echo(f"{each.address}: {each.what} {', '.join(each.attributes)}".rstrip())
    told = f"{found.looked_at} resources, {len(found.differences)} differ"
    if not found.looked_at:
        told = "nothing is deployed yet"
    click.echo(told)
    more = ["", *issue.table(found)] if found.differences else []
    job.show("\n".join(["## Drift", "", told, *more, "", ""]))
    job.tell(drift=found.model_dump_json(), seen_at=freshness.written(now))


@main.command("drift-issue")
@click.pass_obj
def drift_issue(job: Job) -> None:
    """Keep one issue open as long as something differs; status 1 then."""
    freshness.check(job.given("SEEN_AT"), datetime.now(UTC))
    found = drift.read(job.given("DRIFT"))
    issues = Issues(job.repository, job.given("GITHUB_TOKEN"), issue.MARK)
    for line in keeper.keep(issues, found):
        click.echo(line)
    sys.exit(FOUND if found.differences else 0)


def _end(job: Job, found: Sequence[str], unseen: Sequence[str], told: str) -> None:
    """Say in the log and in the run's summary what was found and what was not seen, and end."""
    lines = [_printable(line) for line in (*found, *(f"not seen: {why}" for why in unseen))]
    for line in lines:
        click.echo(line)
    click.echo(told)
    # Names come from whoever made the thing: in a block of code nothing is markup.
    block = ["", *(f"    {line}" for line in lines)] if lines else []
    job.show("\n".join(["## Rescan", "", told, *block, "", ""]))
    sys.exit(NOT_SEEN if unseen else FOUND if found else 0)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


if __name__ == "__main__":
    main(prog_name="deploy.nightly")
