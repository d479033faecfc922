"""`python -m deploy.jobs.build`: builds both images, scans them, and lays out what is handed on.

No credential is near: the job that pushes gets the images, the one that signs what is said of them.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from deploy import scanning
from deploy.jobs import handover
from gates.trivy.report import GateError
from images import engine
from images.build import Built, build_all
from images.layout import ROOT, ImageError
from images.oci import LayoutError
from toolchain.install import ToolError


def lay_out(images: Mapping[str, Built], scans: Mapping[str, Path], root: Path) -> None:
    """Copy images and statements to where the other jobs expect them; nothing older stays."""
    shutil.rmtree(root / handover.FOLDER, ignore_errors=True)
    (root / handover.DOCUMENTS).mkdir(parents=True)
    for name, built in images.items():
        shutil.copytree(built.image.folder, handover.layout(name, root))
        documents = handover.documents(name, root)
        shutil.copyfile(built.bill_of_materials, documents.bill_of_materials)
        shutil.copyfile(built.provenance, documents.provenance)
        shutil.copyfile(scans[name], documents.scan)


@click.command()
def main() -> None:
    """Build, scan and lay out."""
    try:
        images = build_all(engine.choose(), click.echo)
        folder = next(iter(images.values())).provenance.parent
        lay_out(images, scanning.scan(images, folder, click.echo), ROOT)
    except (GateError, ImageError, LayoutError, ToolError) as exc:
        raise click.ClickException(str(exc)) from exc


if __name__ == "__main__":
    main(prog_name="deploy.jobs.build")
