"""The plan that a person approves: new revisions at 0 %, and whatever else the commit changes.

What is refused here no approval can lift. What a person has to see is listed as notices.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.plans import attributes, controls, soundness
from deploy.plans.controls import Approved
from deploy.plans.document import SERVICE, Plan, Resource
from deploy.plans.refusal import Reason, Refusal, decide
from deploy.plans.standing import WHOLE, Share
from deploy.plans.steps import BACK, Release
from deploy.plans.traffic import address

LOUD = {
    "default_partition_expiration_ms": "how long rows are kept changes: older ones are deleted",
    "deletion_protection": "its protection from deletion changes",
    "deletion_policy": "its protection from deletion changes",
    "expiration_policy.ttl": "it may expire by itself",
    "ingress": "from where it is reached changes",
    "message_retention_duration": "how long messages are kept changes",
    "push_config.oidc_token.service_account_email": "who pushes changes",
    "push_config.push_endpoint": "where messages go changes",
    "schema": "its columns change",
    "template.service_account": "as whom it runs changes",
    "time_partitioning.expiration_ms": "how long rows are kept changes: older ones are deleted",
}
"""Attributes whose change deserves a sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """What a person has to see before they approve; no value of the plan is in it."""

    where: str
    what: str

    def __str__(self) -> str:
        """Write it as a line."""
        return f"{self.where}: {self.what}"


def check(
    plan: Plan, release: Release, approved: Approved, terraform_version: str
) -> tuple[Notice, ...]:
    """Judge a candidate's plan; gives what a person has to see.

    Raises:
        PlanRefusedError: it may not be applied, whoever approves; with every reason.
    """
    decide(
        soundness.refusals(plan, terraform_version),
        controls.refusals(plan, approved),
        _traffic(plan, release),
    )
    return notices(plan)


def _traffic(plan: Plan, release: Release) -> Iterator[Refusal]:
    """A new revision gets nothing yet where an old one serves, and all where there is none."""
    planned = {resource.address: resource for resource in plan.resource_changes}
    for name in release.images:
        where = address(name)
        if where not in planned:
            yield Refusal(Reason.MISSING, where, "the service is not in the plan")
            continue
        resource = planned[where]
        revision = revision_of(resource)
        pair = release.pairs.get(name)
        if pair is None:
            if resource.change.before is not None and revision != revision_of(resource, "before"):
                why = "a new revision would get every request at once"
                yield Refusal(Reason.REVISION, where, why)
            yield from controls.share(resource, (Share(revision, WHOLE),))
        else:
            if revision != pair.candidate:
                yield Refusal(Reason.REVISION, where, "its template makes another revision")
            yield from controls.share(resource, release.traffic(name, BACK))


def revision_of(resource: Resource, when: str = "after") -> str:
    """Read which revision a service's template makes; empty where that is not known."""
    values: dict[str, Any] = getattr(resource.change, when) or {}
    template = (values.get("template") or [{}])[0]
    return str(template.get("revision") or "")


def notices(plan: Plan) -> tuple[Notice, ...]:
    """List what deserves a person's eye: deletions, grants, protections, what others changed."""
    found = [each for resource in plan.changes for each in _noticed(resource)]
    for resource in plan.resource_drift:
        before, after = (
            attributes.configured(resource.type, values)
            for values in (resource.change.before, resource.change.after)
        )
        if resource.change.after is None:
            found.append(Notice(resource.address, "somebody deleted it outside of Terraform"))
        elif names := attributes.changed(resource.type, before, after):
            what = f"somebody changed {', '.join(names)} outside of Terraform"
            found.append(Notice(resource.address, what))
    return tuple(sorted(set(found)))


def _noticed(resource: Resource) -> Iterator[Notice]:
    where, change = resource.address, resource.change
    if change.after is None:
        yield Notice(where, "it is deleted")
    elif change.before is None and resource.type == SERVICE:
        yield Notice(where, "a new service, whose revision gets every request at once")
    if "_iam_" in resource.type:
        old, new = _members(change.before), _members(change.after)
        yield Notice(where, f"grants change: {len(new - old)} added, {len(old - new)} removed")
    for path in attributes.changed(resource.type, change.before, change.after):
        if path in LOUD:
            yield Notice(where, LOUD[path])


def _members(values: dict[str, Any] | None) -> set[str]:
    """Take each member with the role and the condition, which are the grant as well."""
    if values is None:
        return set()
    members = values.get("members") or [values.get("member")]
    return {json.dumps([values.get("role"), values.get("condition"), each]) for each in members}
