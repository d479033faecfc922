"""Puts built images into the registry: under their commit's tag, which never moves."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from deploy.jobs import handover
from deploy.jobs.registry import copy, logged_in
from deploy.jobs.run import SERVICES, Job
from deploy.reference import Reference, RefusedError


def push(job: Job) -> dict[str, Reference]:
    """Push both images; gives each by its digest.

    The registry deletes what no tag names after a month, so each image gets its commit's. Running
    it again pushes the same: a build of the same commit has the same digest.

    Raises:
        RefusedError: the registry has another image under the tag, or did not take it.
    """
    registry = job.given("REGISTRY")
    with logged_in(registry.partition("/")[0], job.token) as environment:
        return {
            name: _push(handover.layout(name), f"{registry}/{service}", job.commit, environment)
            for name, service in SERVICES.items()
        }


def _push(layout: Path, repository: str, tag: str, environment: Mapping[str, str]) -> Reference:
    image = Reference(repository, handover.digest(layout.name))
    with tempfile.NamedTemporaryFile() as told:
        where = (f"oci:{layout}", f"docker://{repository}:{tag}")
        if why := copy(environment, f"--digestfile={told.name}", *where):
            raise RefusedError(f"{image.service}: not pushed: {why}")
        pushed = Path(told.name).read_text("ascii").strip()
    if pushed != image.digest:
        raise RefusedError(f"{image.service}: {pushed} was pushed, and {image.digest} was built")
    return image
