"""Which images a project's services run: every call is one of access/calls.toml's `rescan` steps.

Of each service the revisions that get requests or may get them, and its template, of which the next
revision is made. Cloud Run keeps older revisions; nothing starts those.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.cloud_run import everywhere
from deploy.google import Google
from deploy.nightly.errors import NotSeenError

SERVICE = re.compile(
    r"projects/[a-z0-9:.-]+/locations/([a-z0-9-]+)/services/([a-z][a-z0-9-]{0,62})"
)
REVISION = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Use:
    """One container of one revision."""

    by: str
    """Which one it is, for a person."""
    raw_image: str
    """Whatever the service was given."""


def look(google: Google, project: str) -> tuple[int, list[Use]]:
    """Ask how many services there are, and what they run.

    Raises:
        GoogleError: that could not be asked.
        NotSeenError: an answer has another shape than the API's.
    """
    services = list(everywhere(google, project, "services"))
    try:
        return len(services), [use for service in services for use in _uses(google, service)]
    except (LookupError, TypeError, AttributeError) as exc:
        raise NotSeenError(f"Cloud Run told of a service in another shape: {exc!r}") from exc


def _uses(google: Google, service: dict[str, Any]) -> Iterator[Use]:
    found = SERVICE.fullmatch(service["name"])
    if not found:
        raise NotSeenError("Cloud Run told of a service whose name is none")
    by = f"{found[2]} in {found[1]}"
    yield from _containers(f"{by}, the template", service["template"])
    for name in sorted(revisions(service)):
        told = google.get("run", f"v2/{service['name']}/revisions/{name}")
        yield from _containers(f"{by}, revision {name}", told)


def revisions(service: dict[str, Any]) -> set[str]:
    """Name the revisions that get requests, have an address of their own, or are next in turn.

    Raises:
        NotSeenError: a name is none.
    """
    shares = [*service.get("traffic", []), *service.get("trafficStatuses", [])]
    # What has no revision goes to the latest that is ready.
    names = {each["revision"] for each in shares if each.get("revision")}
    if ready := service.get("latestReadyRevision"):
        names.add(ready.rpartition("/")[2])
    if not all(REVISION.fullmatch(name) for name in names):
        raise NotSeenError("Cloud Run told of a revision whose name is none")
    return names


def _containers(by: str, revision: dict[str, Any]) -> Iterator[Use]:
    containers = revision["containers"]
    if not containers:
        raise NotSeenError(f"{by}: Cloud Run told of no container")
    for container in containers:
        if not isinstance(image := container["image"], str):
            raise NotSeenError(f"{by}: Cloud Run told of a container without an image")
        yield Use(by, image)
