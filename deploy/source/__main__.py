"""`python -m deploy.source sign|verify|publish`: what is done with an archive once it is built.

It is all that runs beside a credential, and needs requirements/release.txt alone.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from deploy import trust
from deploy.cosign import Cosign, CosignError
from deploy.reference import RefusedError
from deploy.source import release
from deploy.source.archive import NAME, SUFFIX, Archive, read
from deploy.source.release import REPOSITORY, Release
from toolchain.install import ToolError, install, pins

FOLDER = Path(".cache", "source")
FOLDER_OPTION = click.option(
    "--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True
)
TIMEOUT_S = 300
NOTES = "CHANGELOG.md says what is new, docs/release.md how to verify it."


@click.group()
def main() -> None:
    """Sign, verify or publish a release of the template."""


@main.command()
@FOLDER_OPTION
def sign(folder: Path) -> None:
    """Sign what was built, as this run of GitHub's."""
    built = _built(folder)
    how = trust.keyless(release.of_run(os.environ))
    with _failing():
        release.sign(_cosign(), built, how)
    click.echo(f"signed: {built.archive.name}, as {how.identity}")


@main.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--repository", default=REPOSITORY, show_default=True, help="OWNER/NAME on GitHub.")
def verify(path: Path, repository: str) -> None:
    """Verify an archive, with its bundles beside it."""
    with _failing():
        archive = _verified(Release(path), repository)
    click.echo(f"{path.name}: version {archive.version} of {repository}, commit {archive.commit}")


@main.command()
@FOLDER_OPTION
def publish(folder: Path) -> None:
    """Verify what was signed, and make a release of it on GitHub with `gh`."""
    built, repository = _built(folder), os.environ.get("GITHUB_REPOSITORY", REPOSITORY)
    with _failing():
        archive = _verified(built, repository)
    if shutil.which("gh") is None:
        raise click.ClickException("gh is missing: GitHub's command line makes the release")
    tag = f"v{archive.version}"
    # The tag is there already and stays where it is: gh must not make one.
    command = ["gh", "release", "create", tag, *map(str, built.files), "--verify-tag"]
    command += [f"--repo={repository}", f"--title={tag}", f"--notes={NOTES}"]
    done = subprocess.run(command, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise click.ClickException(f"gh ended with {done.returncode}, see above")


@contextmanager
def _failing() -> Iterator[None]:
    """Say in a line why it is refused."""
    try:
        yield
    except (CosignError, RefusedError, ToolError) as exc:
        raise click.ClickException(str(exc)) from exc


def _verified(built: Release, repository: str) -> Archive:
    version = read(built.archive).version
    how = trust.keyless(release.identity(repository, version))
    return release.verify(_cosign(), built, how)


def _built(folder: Path) -> Release:
    found = sorted(folder.glob(f"{NAME}-*{SUFFIX}"))
    if len(found) != 1:
        raise click.ClickException(f"{len(found)} archives in {folder}: make source-archive")
    return Release(found[0])


def _cosign() -> Cosign:
    return Cosign(install(pins()["cosign"]))


if __name__ == "__main__":
    main(prog_name="deploy.source")
