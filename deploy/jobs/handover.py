"""The files that one job of a release leaves for the next: images, and what is said of them."""

import json
from pathlib import Path
from typing import Any

from deploy.reference import RefusedError
from deploy.signing import Documents

FOLDER = Path(".cache", "release")
IMAGES, DOCUMENTS = FOLDER / "images", FOLDER / "documents"
"""Two artifacts: only the job that pushes needs the images themselves."""


def layout(name: str, root: Path = Path()) -> Path:
    """Where the built image of `api` or `function` is, as an OCI layout."""
    return root / IMAGES / name


def documents(name: str, root: Path = Path()) -> Documents:
    """Where the three statements about an image are, before they are signed."""
    beside = root / DOCUMENTS
    return Documents(
        bill_of_materials=beside / f"{name}.sbom.cdx.json",
        provenance=beside / f"{name}.provenance.json",
        scan=beside / f"{name}.scan.json",
    )


def digest(name: str, root: Path = Path()) -> str:
    """Read the digest of a built image.

    Raises:
        RefusedError: the layout does not hold one image.
    """
    index = read(layout(name, root) / "index.json")
    try:
        (manifest,) = index["manifests"]
        return str(manifest["digest"])
    except (LookupError, TypeError, ValueError) as exc:
        raise RefusedError(f"{name}: not the layout of one image") from exc


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object that another job wrote.

    Raises:
        RefusedError: it is not there, or none.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as exc:
        raise RefusedError(f"{path.name} cannot be read: {type(exc).__name__}") from exc
    if not isinstance(found, dict):
        raise RefusedError(f"{path.name} cannot be read: it holds no object")
    return found
