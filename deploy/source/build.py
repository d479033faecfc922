"""`python -m deploy.source.build`: the archive of this commit and the statements about it."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import click

from deploy.reference import RefusedError
from deploy.source import archive, documents
from deploy.source.archive import Archive
from deploy.source.release import Release, describe, of_run
from gates.trivy.report import GateError
from gates.trivy.scanner import OFFLINE, Trivy
from toolchain.install import ToolError, install, pins

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(".cache", "source")
LOCK_PATTERN = r"pip:^requirements/[^/]+\.txt$"
"""By itself Trivy reads only files that are named requirements.txt."""


def build(root: Path, folder: Path, trivy: Trivy, identity: str) -> Release:
    """Write the archive of a commit and the two statements about it.

    Args:
        root: the checkout.
        folder: where the files go; those of an earlier build are taken away.
        trivy: what reads the locks.
        identity: the workflow with its ref that builds.

    Raises:
        RefusedError: the tree is no version's.
        GateError: Trivy failed.
    """
    for old in folder.glob(f"{archive.NAME}-*"):
        old.unlink()
    release = Release(archive.make(root, folder))
    made = archive.read(release.archive)
    told = documents.provenance(made, identity)
    describe(release, bill_of_materials(trivy, made), told)
    return release


def bill_of_materials(trivy: Trivy, made: Archive) -> dict[str, Any]:
    """List what the archive's locks pin, as CycloneDX.

    Raises:
        GateError: Trivy failed.
        RefusedError: it left out a pin.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / documents.LOCKS).mkdir()
        for path in documents.locks(made):
            (folder / path).write_bytes(made.files[path])
        asked = ("--format", "cyclonedx", "--file-patterns", LOCK_PATTERN)
        quiet = ("--skip-version-check", "--disable-telemetry", *OFFLINE)
        bill: dict[str, Any] = json.loads(trivy.run("fs", name, *asked, *quiet))
    # It would be a folder of this machine, and another one each time.
    bill["metadata"]["component"]["name"] = made.name
    documents.complete(bill, made)
    return bill


@click.command()
def main() -> None:
    """Build a release of the template; who builds is read as GitHub says it, if it does."""
    try:
        with tempfile.TemporaryDirectory() as cache:
            trivy = Trivy(install(pins()["trivy"]), Path(cache))
            release = build(ROOT, ROOT / FOLDER, trivy, of_run(os.environ))
    except (RefusedError, GateError, ToolError) as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(f"{FOLDER / release.archive.name}, its bill of materials and its provenance")


if __name__ == "__main__":
    main()
