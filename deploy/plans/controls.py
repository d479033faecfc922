"""What no plan may do, whoever reviews it: open the pipeline, empty it, run what is unsigned."""

import json
import re
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
DATASET = "google_bigquery_dataset"
SUBSCRIPTION = "google_pubsub_subscription"
KNOWN = {
    TABLE,
    DATASET,
    SERVICE,
    SUBSCRIPTION,
    "google_compute_backend_service",
    "google_compute_firewall",
    "google_compute_global_address",
    "google_compute_global_forwarding_rule",
    "google_compute_managed_ssl_certificate",
    "google_compute_network",
    "google_compute_region_network_endpoint_group",
    "google_compute_route",
    "google_compute_security_policy",
    "google_compute_ssl_policy",
    "google_compute_subnetwork",
    "google_compute_target_https_proxy",
    "google_compute_url_map",
    "google_dns_managed_zone",
    "google_dns_policy",
    "google_dns_record_set",
    "google_pubsub_schema",
    "google_pubsub_topic",
}
"""Types that a release applies. Who adds one to Terraform adds it here: so many others run code,
let somebody in or empty a table that no list of them is whole."""
KEPT = {
    TABLE,
    DATASET,
    "google_pubsub_topic",
    SUBSCRIPTION,
    SERVICE,
}
"""What holds data or serves: it is deleted by a person, who says so first."""
GRANTS = {f"{kind}_iam_{one}" for kind in KNOWN for one in ("binding", "member")}
"""Not `_policy`: within a text in the text a name has more spellings than can be searched for."""
EVERYBODY = re.compile(r"(?<![a-z0-9])all(?:authenticated)?users(?![a-z0-9])")
ENDS = ("expiration_time", "default_table_expiration_ms")
"""Attributes by which BigQuery deletes a table by itself."""


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
        elif resource.type == SERVICE:
            why = "it would run an image, and is none of the two services"
            yield Refusal(Reason.OTHER_RESOURCE, resource.address, why)
        elif resource.type not in KNOWN | GRANTS:
            why = "no release applies this type: deploy/plans/controls.py names those that one does"
            yield Refusal(Reason.OTHER_RESOURCE, resource.address, why)
        if resource.change.actions != ("no-op",):
            yield from _opened(resource)
            yield from _columns(resource)
            yield from _ends(resource)


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
    if EVERYBODY.search(json.dumps(change.after).lower()):
        yield Refusal(Reason.PUBLIC, where, "everybody would be let in")
    hidden = _hidden(resource)
    for name in ("role", "member", "members") if resource.type in GRANTS else ():
        if soundness.unknown(hidden.get(name, False)):
            yield Refusal(Reason.UNKNOWN, where, f"{name} is known after apply alone")
    # The provider fills in all of it where nothing is written.
    if isinstance(hidden.get("access"), list) and soundness.unknown(hidden["access"]):
        yield Refusal(Reason.UNKNOWN, where, "who has access is known after apply alone")


def _hidden(resource: Resource) -> dict[str, Any]:
    unknown = resource.change.after_unknown
    return unknown if isinstance(unknown, dict) else {}


def _ends(resource: Resource) -> Iterator[Refusal]:
    """A table that ends by itself is emptied without any plan that deletes it."""
    if resource.type not in (TABLE, DATASET):
        return
    before, after = resource.change.before or {}, resource.change.after or {}
    for name in ENDS:
        changed = after.get(name) and after.get(name) != before.get(name)
        # The provider fills it in where a table is made; later nobody would know.
        unseen = resource.change.before is not None and soundness.unknown(
            _hidden(resource).get(name, False)
        )
        if changed or unseen:
            why = f"{name}: BigQuery would delete it by itself"
            yield Refusal(Reason.DELETION, resource.address, why)


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
