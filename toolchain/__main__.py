"""`python -m toolchain [NAME...]`: install the pinned programs, all of them if none is named."""

import sys

import click

from toolchain.install import TamperedError, ToolError, install, pins, there

TAMPERED = 4
"""The exit status that nobody may go on after."""


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Install pinned programs into `.cache/tools`, unless PATH has them."""
    known = pins()
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    for name in names or known:
        if not there(known[name]):
            click.echo(f"installing {name} {known[name].version}")
        try:
            install(known[name])
        except TamperedError as exc:
            click.echo(str(exc), err=True)
            sys.exit(TAMPERED)
        except ToolError as exc:
            click.echo(str(exc), err=True)
            sys.exit(1)


if __name__ == "__main__":
    main()
