"""Builds the images of both services, looks into each, and writes the documents about it."""

import json
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from images import bases, documents, inspection
from images.engine import Engine
from images.layout import FOLDER, TARGETS, ImageError, built, commit
from images.oci import Image
from toolchain.install import install, pins

SOURCE = os.environ.get("SOURCE_URI", "git+https://github.com/example-org/hardened-data-pipeline")
"""The repository, as the provenance names it."""
BUILDER = os.environ.get("BUILDER_ID", "https://hardened-data-pipeline.example/builder/local")
CACHE = FOLDER / "trivy"


@dataclass(frozen=True, slots=True)
class Built:
    """An image and what was written about it."""

    image: Image
    bill_of_materials: Path
    provenance: Path


def build_all(
    engine: Engine, report: Callable[[str], None], targets: Collection[str] = TARGETS
) -> dict[str, Built]:
    """Build targets of the Dockerfile.

    Raises:
        ImageError: one could not be built, or holds what it must not.
        ToolError: Trivy cannot be had, which lists what is in an image.
    """
    standins = bases.choose(engine, report)
    return {target: _build(engine, target, standins, report) for target in targets}


def _build(
    engine: Engine, target: str, standins: dict[str, str], report: Callable[[str], None]
) -> Built:
    started = datetime.now(UTC)
    image = Image(engine.build(target, standins))
    if faults := inspection.complaints(image):
        raise ImageError("\n  ".join([f"{TARGETS[target]} must not be used:", *faults]))
    bill = documents.bill_of_materials(install(pins()["trivy"]), image, CACHE)
    told = documents.provenance(
        image,
        target=target,
        bases=bases.pinned(),
        standins=standins,
        source=SOURCE,
        commit=commit(),
        builder=BUILDER,
        started=started,
    )
    paths = {}
    # cosign signs the predicate and writes the statement around it; others read the whole.
    whole = documents.statement(image, TARGETS[target], "https://slsa.dev/provenance/v1", told)
    for name, document in (("sbom.cdx", bill), ("provenance", told), ("intoto", whole)):
        paths[name] = built(target).with_name(f"{target}.{name}.json")
        paths[name].write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    size = image.size_bytes / 1e6
    parts = len(bill["components"])
    report(f"{TARGETS[target]}: {image.digest}, {size:.0f} MB, {parts} parts")
    return Built(image, paths["sbom.cdx"], paths["provenance"])
