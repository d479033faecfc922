"""What no plan may do, whoever reviews it: open the pipeline, empty it, run what is unsigned."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.plans import soundness
from deploy.plans.document import SERVICE, Plan, Resource
from deploy.plans.refusal import Reason, Refusal
from deploy.plans.standing import Share, shares
from deploy.plans.traffic import BY_REVISION, address
from deploy.reference import Reference, RefusedError
from deploy.schema_change import breaking

TABLE = "google_bigquery_table"
KEPT = {
    TABLE,
    "google_bigquery_dataset",
    "google_pubsub_topic",
    "google_pubsub_subscription",
    SERVICE,
}
"""What holds data or serves: it is deleted by a person, who says so first."""
STARTS = (
    "google_cloud_run",
    "google_cloudfunctions",
    "google_compute_instance",
    "google_container_",
)
"""Types that run images, and of which the pipeline has two services alone."""
EVERYBODY = ("allusers", "allauthenticatedusers")


@dataclass(frozen=True, slots=True)
class Approved:
    """Which images may run, and where they are kept."""

    registry: str
    """`REGION-docker.pkg.dev/PROJECT/images`."""
    images: Mapping[str, str]
    """By `api` and `function`: what was verified and attested."""


def refusals(plan: Plan, approved: Approved) -> Iterator[Refusal]:
    """Find what is refused outright, in what changes and in services that stay."""
    services = {address(name): name for name in ("api", "function")}
    for resource in plan.resource_changes:
        deleted = resource.change.after is None
        if deleted:
            if resource.type in KEPT and resource.change.actions != ("no-op",):
                why = "it holds data or serves; a person deletes it, as docs/deploy.md says"
                yield Refusal(Reason.DELETION, resource.address, why)
            continue
        if resource.address in services:
            yield from _service(resource, services[resource.address], approved)
        elif resource.type.startswith(STARTS) and "_iam_" not in resource.type:
            why = "it would run an image, and is none of the two services"
            yield Refusal(Reason.OTHER_RESOURCE, resource.address, why)
        if resource.change.actions != ("no-op",):
            yield from _opened(resource)
            yield from _columns(resource)


def _service(resource: Resource, name: str, approved: Approved) -> Iterator[Refusal]:
    after, where = resource.change.after or {}, resource.address
    containers = [
        each
        for template in after.get("template") or [{}]
        for each in template.get("containers") or [{}]
    ]
    for container in containers or [{}]:
        yield from _image(where, container.get("image"), name, approved)
    if [each.get("use_default") for each in after.get("binary_authorization") or []] != [True]:
        why = "Binary Authorization would not be asked about its image"
        yield Refusal(Reason.UNSIGNED, where, why)
    if any(
        each.get("breakglass_justification") for each in after.get("binary_authorization") or []
    ):
        yield Refusal(Reason.UNSIGNED, where, "it breaks the glass of Binary Authorization")
    if after.get("invoker_iam_disabled") is not False:
        yield Refusal(Reason.PUBLIC, where, "IAM would not be asked who calls it")


def _image(where: str, image: object, name: str, approved: Approved) -> Iterator[Refusal]:
    try:
        named = Reference.parse(str(image))
    except RefusedError:
        yield Refusal(Reason.IMAGE, where, "its image is not named by digest, or not known yet")
        return
    if named.repository.rpartition("/")[0] != approved.registry:
        yield Refusal(Reason.IMAGE, where, "its image is outside of the release's registry")
    elif str(named) != approved.images.get(name):
        yield Refusal(Reason.IMAGE, where, "its image is not the one that was verified")


def _opened(resource: Resource) -> Iterator[Refusal]:
    change, where = resource.change, resource.address
    # However it is spelled: the provider takes other cases too.
    told = json.dumps(change.after).lower()
    if any(f'"{who}"' in told for who in EVERYBODY):
        yield Refusal(Reason.PUBLIC, where, "everybody would be let in")
    hidden = change.after_unknown if isinstance(change.after_unknown, dict) else {}
    if "_iam_" in resource.type:
        for name in ("role", "member", "members"):
            if soundness.unknown(hidden.get(name, False)):
                yield Refusal(Reason.UNKNOWN, where, f"{name} is known after apply alone")


def _columns(resource: Resource) -> Iterator[Refusal]:
    """Both revisions write during a release, and a rollback goes back: columns only grow."""
    old, new = resource.change.before, resource.change.after
    if resource.type != TABLE or old is None or new is None:
        return
    try:
        before, after = (json.loads(values.get("schema") or "") for values in (old, new))
        complaints = breaking(before, after)
    except (ValueError, TypeError, LookupError, AttributeError):
        complaints = ["its columns cannot be read, or are known after apply alone"]
    for complaint in complaints:
        yield Refusal(Reason.COLUMNS, resource.address, complaint)


def share(resource: Resource, wanted: tuple[Share, ...]) -> Iterator[Refusal]:
    """Refuse a service whose requests are not shared as they must be."""
    after: dict[str, Any] = resource.change.after or {}
    by_revision = all(each.get("type") == BY_REVISION for each in after.get("traffic") or [])
    if not by_revision or sorted(shares(after)) != sorted(wanted):
        told = ", ".join(f"{each.percent} % to {each.revision}" for each in wanted)
        yield Refusal(Reason.TRAFFIC, resource.address, f"it must give {told}")
