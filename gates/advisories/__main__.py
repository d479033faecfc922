"""`python -m gates.advisories`: look at a set of advisories, or make one from a mirror."""

import sys
from pathlib import Path
from typing import Any

import click

from gates.advisories.gather import gather
from gates.advisories.records import EXAMPLE, AdvisoriesError, read

PATH = click.Path(path_type=Path)
BROKEN = 2


class Commands(click.Group):
    """Ends with status 2 and one line if a set cannot be believed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except AdvisoriesError as exc:
            click.echo(str(exc), err=True)
            sys.exit(BROKEN)


@click.group(cls=Commands)
def main() -> None:
    """Sets of advisories for `make gates OFFLINE=1`."""


@main.command("show")
@click.argument("path", type=PATH, default=EXAMPLE)
def show_command(path: Path) -> None:
    """Say what a set is worth."""
    click.echo(read(path).note)


@main.command("gather")
@click.argument("mirror", type=PATH)
@click.argument("output", type=PATH)
def gather_command(mirror: Path, output: Path) -> None:
    """Make the set OUTPUT of MIRROR, a folder or zip of OSV records."""
    click.echo(gather(mirror, output).note)


if __name__ == "__main__":
    main(prog_name="gates.advisories")
