"""Whether a person is where they believe to be: this commit, this project, this state."""

import json
import subprocess
from pathlib import Path
from typing import Any

from deploy.reference import Reference, RefusedError

HANDOVER = Path("terraform", "foundation.auto.tfvars.json")
BACKEND = Path("terraform", ".terraform", "terraform.tfstate")
"""Terraform's own note of where it keeps the state."""


def commit(root: Path) -> str:
    """Tell the commit that is checked out.

    Raises:
        RefusedError: files differ from it, so that it would not say what is deployed.
    """
    if changed := _git(root, "status", "--porcelain"):
        first = changed.splitlines()[0].strip()
        raise RefusedError(f"the tree is not clean ({first}): commit, or take the changes away")
    return _git(root, "rev-parse", "HEAD").strip()


def foundation(root: Path, project: str) -> dict[str, Any]:
    """Read what bootstrap handed over, and was committed: of this project and no other.

    Raises:
        RefusedError: it is another project's, or not there.
    """
    try:
        given = json.loads((root / HANDOVER).read_text("utf-8"))
        of, found = given["project_id"], dict(given["foundation"])
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise RefusedError(
            f"{HANDOVER} is missing or unreadable: make bootstrap writes it"
        ) from exc
    if of != project:
        raise RefusedError(f"{HANDOVER} is of {of}, not of {project}")
    return found


def handed_over(root: Path, project: str) -> dict[str, str]:
    """Tell where the project's images are and who makes its smoke test: `registry`, `smoke`.

    Args:
        root: the checkout.
        project: the id that the person named.

    Raises:
        RefusedError: the checkout, or the state that Terraform was told to use, is another
            project's.
    """
    given = foundation(root, project)
    try:
        told = {"registry": given["registry"], "smoke": given["accounts"]["smoke"]}
    except (LookupError, TypeError) as exc:
        raise RefusedError(
            f"{HANDOVER} is missing or unreadable: make bootstrap writes it"
        ) from exc
    bucket = _bucket(root)
    if not bucket.startswith(f"{project}-pipeline-state-"):
        raise RefusedError(f"terraform/ keeps its state in {bucket}, which is not {project}'s")
    return told


def by_digest(given: dict[str, str], registry: str) -> dict[str, str]:
    """Read images as a person named them, by service.

    Raises:
        RefusedError: none was given, or one by a tag, or one from elsewhere.
    """
    images = {name: Reference.parse(text) for name, text in given.items() if text}
    if not images:
        raise RefusedError("no image: API=REPOSITORY@sha256:... FUNCTION=REPOSITORY@sha256:...")
    for image in images.values():
        if not image.repository.startswith(f"{registry}/"):
            raise RefusedError(f"{image}: not in {registry}")
    return {name: str(image) for name, image in images.items()}


def _bucket(root: Path) -> str:
    try:
        return str(json.loads((root / BACKEND).read_text("utf-8"))["backend"]["config"]["bucket"])
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise RefusedError(
            "terraform/ is not initialized with its bucket: terraform -chdir=terraform init "
            "-lockfile=readonly -backend-config=..., as docs/deploy.md says"
        ) from exc


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", root, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RefusedError(f"git {arguments[0]}: {done.stderr.strip() or 'failed'}")
    return done.stdout
