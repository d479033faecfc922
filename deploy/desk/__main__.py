"""`python -m deploy.desk plan|deploy|rollback`: a release in a person's hands."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from deploy.desk import surroundings
from deploy.desk.desk import Desk
from deploy.plans.refusal import PlanRefusedError
from deploy.plans.root import Root, TerraformError
from deploy.plans.saved import SavedPlanError
from deploy.plans.standing import StandingError
from deploy.plans.store import Folder, StoreError
from deploy.reference import RefusedError

HOME = Path(__file__).parent.parent.parent
PLANS = Path(".cache", "plans")
T = TypeVar("T")
FAILURES = (
    PlanRefusedError,
    RefusedError,
    SavedPlanError,
    StandingError,
    StoreError,
    TerraformError,
)


@click.group()
@click.option("--project", envvar="DESK_PROJECT", required=True, help="The project's id.")
@click.option("--home", type=click.Path(path_type=Path), default=HOME, help="The checkout.")
@click.pass_context
def main(context: click.Context, project: str, home: Path) -> None:
    """Plan, deploy or roll back, on a clean tree, in the project that is named."""
    try:
        commit, told = surroundings.commit(home), surroundings.handed_over(home, project)
    except RefusedError as exc:
        raise click.ClickException(str(exc)) from exc

    def ask(question: str) -> bool:
        click.echo(f"{question}\n  in {project}, at commit {commit[:12]}")
        return bool(click.prompt("Type the project's id to go on", default="no") == project)

    context.obj = Desk(
        root=Root(home / "terraform", os.environ.get("TERRAFORM") or "terraform"),
        store=Folder(home / PLANS),
        commit=commit,
        registry=told["registry"],
        smoke=told["smoke"],
        ask=ask,
        tell=click.echo,
    )


@main.command()
@click.option("--api", envvar="DESK_API", default="", help="REPOSITORY@sha256:DIGEST of data-api.")
@click.option("--function", envvar="DESK_FUNCTION", default="", help="The same of the function.")
@click.pass_obj
def plan(desk: Desk, api: str, function: str) -> None:
    """Show what would be applied with these images, and keep it for a day."""
    given = {"api": api, "function": function}
    digest = _said(lambda: desk.plan(surroundings.by_digest(given, desk.registry)))
    click.echo(f"To apply it: make deploy PROJECT=... DIGEST={digest}")


@main.command()
@click.argument("digest", envvar="DESK_DIGEST")
@click.pass_obj
def deploy(desk: Desk, digest: str) -> None:
    """Apply the plan of DIGEST, then move the requests in steps, asking before each."""
    if not _said(lambda: desk.deploy(digest)):
        raise click.Abort


@main.command()
@click.pass_obj
def rollback(desk: Desk) -> None:
    """Give every request back to the revision that served."""
    if not _said(desk.roll_back):
        raise click.Abort


def _said(act: Callable[[], T]) -> T:
    try:
        return act()
    except FAILURES as exc:
        raise click.ClickException(str(exc)) from exc


if __name__ == "__main__":
    main(prog_name="deploy.desk")
