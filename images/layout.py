"""Where the images' files are, and the one error of this room."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".cache" / "images"
"""Built images, stand-ins, documents."""
CACHE = Path(os.environ.get("IMAGE_CACHE") or ROOT / ".cache")
"""What takes minutes to make, and which several trees may share."""
STORAGE = CACHE / "containers"
"""What podman and buildah keep: apart from the machine's own, so that it can be removed."""
NO_COMMIT = "0" * 40
TARGETS = {"api": "data-api", "function": "pubsub-to-bigquery"}
"""The Dockerfile's targets and the services that they are."""


class ImageError(Exception):
    """An image could not be built, or is not what it has to be; the text says what to do."""


def built(target: str) -> Path:
    """Tell where the built image of a target is, as an OCI layout."""
    return FOLDER / target


def source_date_epoch(root: Path = ROOT) -> int:
    """Tell the time that files of an image carry: the commit's, or SOURCE_DATE_EPOCH, or 0.

    Source: https://reproducible-builds.org/specs/source-date-epoch/
    """
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    return int(_git(root, "log", "-1", "--format=%ct") or 0)


def commit(root: Path = ROOT) -> str:
    """Tell the commit, with `+changes` when files differ from it; zeros without git."""
    name = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain")
    return f"{name}+changes" if name and changed else name or NO_COMMIT


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
