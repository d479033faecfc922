"""`python -m deploy.posture`: is the project still what was applied? 0 yes, 1 no, 2 not seen."""

import os
import sys
from pathlib import Path

import click

from deploy.google import Google, GoogleError
from deploy.posture.expectation import PATH, Expectation, ExpectationError
from deploy.posture.judgement import complaints
from deploy.posture.observation import observe

FOUND, NOT_SEEN = 1, 2


@click.command()
@click.option("--expected", type=click.Path(path_type=Path), default=PATH, show_default=True)
def main(expected: Path) -> None:
    """Compare the project with what terraform/bootstrap applied, as GOOGLE_OAUTH_ACCESS_TOKEN."""
    try:
        wanted = Expectation.read(expected)
        seen = observe(Google(os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN", "")), wanted)
    except (ExpectationError, GoogleError) as exc:
        click.echo(f"not seen: {exc}", err=True)
        sys.exit(NOT_SEEN)
    found = list(complaints(seen, wanted))
    for complaint in found:
        # Names come from whoever made the thing.
        click.echo("".join(each if each.isprintable() else "?" for each in complaint))
    runs = f"{len(seen.services)} services, {len(seen.jobs)} jobs, {len(seen.pools)} worker pools"
    looked = f"{runs}, {len(seen.keys)} accounts"
    click.echo(f"{wanted.project_id}: {looked}, {len(found)} complaints")
    sys.exit(FOUND if found else 0)


if __name__ == "__main__":
    main(prog_name="deploy.posture")
