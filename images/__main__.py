"""The commands behind the Makefile: `python -m images COMMAND`."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from images import bases, engine, inspection
from images.build import build_all
from images.layout import FOLDER, ROOT, TARGETS, ImageError, built, source_date_epoch
from images.oci import Image, LayoutError
from toolchain.install import ToolError

console = Console(highlight=False, soft_wrap=True)
SLIM = "benchmarks/slim.Dockerfile"
LIMITS = {"size": 0.57, "packages": 0.3, "executables": 3, "setuid": 0}
"""What fails. The wish for the size is 0.55: docs/decisions/0007-images.md."""


class Commands(click.Group):
    """Tells a person what is missing or wrong in one line, without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (ImageError, LayoutError, ToolError) as exc:
            raise click.ClickException(str(exc)) from exc


@click.group(cls=Commands)
def main() -> None:
    """Build the images and look into them."""


@main.command("build")
@click.argument("targets", nargs=-1, type=click.Choice(list(TARGETS)))
def build_command(targets: tuple[str, ...]) -> None:
    """Build the images, all if none is named, look into them and write their documents."""
    build_all(engine.choose(), console.print, targets or tuple(TARGETS))


@main.command("reproducible")
def reproducible_command() -> None:
    """Build twice, in different folders and under another umask; compare the digests."""
    runner = engine.choose()
    standins = bases.choose(runner, console.print)
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date_epoch())
    different = []
    for target, service in TARGETS.items():
        digests = []
        with tempfile.TemporaryDirectory() as private:
            for number, umask in enumerate((0o022, 0o077)):
                context = Path(private, f"checkout-{number}" * (number + 1))
                _copy(context, umask)
                output = Path(private, str(number))
                runner.build(target, standins, context=context, output=output, fresh=True)
                digests.append(Image(output).digest)
        console.print(f"{service}: {' = '.join(sorted(set(digests)))}")
        different += [service] if len(set(digests)) > 1 else []
    if different:
        raise ImageError(f"not reproducible: {', '.join(different)}")


def _copy(context: Path, umask: int) -> None:
    """Copy what the Dockerfile uses, with the modes that a checkout under `umask` gives."""
    before = os.umask(umask)
    try:
        context.mkdir()
        for name in ("Dockerfile", ".dockerignore"):
            shutil.copyfile(ROOT / name, context / name)
        for name in ("images", "requirements", "schema", "servicekit", "app", "function"):
            for path in sorted((ROOT / name).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    target = context / path.relative_to(ROOT)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)
    finally:
        os.umask(before)


@main.command("compare")
def compare_command() -> None:
    """Compare data-api with a single-stage slim build of it; fail beyond a limit."""
    runner = engine.choose()
    standins = bases.choose(runner, console.print)
    ours = Image(built("api"))
    slim = Image(runner.build("slim", standins, file=SLIM, output=FOLDER / "slim"))
    found = {
        "size": (ours.size_bytes / 1e6, slim.size_bytes / 1e6),
        "packages": (len(inspection.packages(ours)), len(inspection.packages(slim))),
        "executables": (len(inspection.executables(ours)), len(inspection.executables(slim))),
        "setuid": (len(inspection.special_files(ours)), len(inspection.special_files(slim))),
    }
    # A list that nobody could read is not the same as no packages.
    missed = ["packages"] if 0 in found["packages"] else []
    table = Table()
    for name in ("what", "data-api", "slim, one stage", "ratio", "limit"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for name, (here, there) in found.items():
        ratio, limit = here / there if there else 0, LIMITS[name]
        met = (ratio if name in {"size", "packages"} else here) <= limit
        missed += [] if met else [name]
        table.add_row(
            name,
            f"{here:.0f}",
            f"{there:.0f}",
            f"{ratio:.2f}",
            f"<= {limit}",
            style=None if met else "red",
        )
    console.print(table)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
