"""The images that run, beside each other as OCI layouts under their digests."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.jobs.registry import copy, logged_in
from deploy.reference import Reference

FOLDER = Path(".cache", "deployed")
"""One artifact of the run."""


def layout(image: Reference, root: Path = Path()) -> Path:
    """Where an image is."""
    return root / FOLDER / image.digest.removeprefix("sha256:")


def pull(images: Iterable[Reference], token: str, root: Path = Path()) -> Iterator[str]:
    """Pull each by its digest; nothing older stays. Gives a line for each that could not be had.

    One that is gone from the registry, and still runs, must not keep the others from being judged.

    Args:
        images: in one registry or several.
        token: an access token that may read them.
        root: of the checkout.
    """
    shutil.rmtree(root / FOLDER, ignore_errors=True)
    (root / FOLDER).mkdir(parents=True)
    for image in images:
        with logged_in(image.repository.partition("/")[0], token) as environment:
            target = layout(image, root)
            # Of one digest in two repositories there is one layout.
            if not target.exists() and (
                why := copy(environment, f"docker://{image}", f"oci:{target}")
            ):
                shutil.rmtree(target, ignore_errors=True)
                yield f"{image}: not pulled: {why}"
