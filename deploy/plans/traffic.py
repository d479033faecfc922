"""Whether a plan is one step of a release and nothing else; no I/O.

A step is applied without a person, so its plan may do one thing: share the requests of the named
services anew, between the two revisions that a person approved. Everything else is refused, and so
is what cannot be seen yet. docs/rollout.md has the reasons.
"""

from collections.abc import Iterator
from typing import Any

from deploy.plans import attributes, soundness
from deploy.plans.document import SERVICE, Plan, Resource
from deploy.plans.refusal import Reason, Refusal, decide
from deploy.plans.standing import shares
from deploy.plans.steps import Move, Pair, Release

BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
OUTPUT = "traffic"


def address(service: str) -> str:
    """Name the resource of a service, `api` or `function`."""
    return f"module.{service}[0].{SERVICE}.this"


def check(plan: Plan, release: Release, move: Move, terraform_version: str) -> None:
    """Accept a step's plan.

    Raises:
        PlanRefusedError: it is another step, or does more than that; with every reason.
    """
    decide(
        soundness.refusals(plan, terraform_version),
        _changes(plan, release, move),
        _drift(plan, release),
        _outputs(plan),
    )


def _changes(plan: Plan, release: Release, move: Move) -> Iterator[Refusal]:
    services = {address(name): (name, pair) for name, pair in release.pairs.items()}
    for resource in plan.changes:
        if resource.address not in services or resource.type != SERVICE:
            yield Refusal(Reason.OTHER_RESOURCE, resource.address, "a step changes traffic alone")
        elif resource.change.actions != ("update",):
            yield Refusal(Reason.ACTION, resource.address, "a step updates, and nothing else")
        else:
            yield from _attributes(resource)
    planned = {resource.address: resource for resource in plan.resource_changes}
    for where, (name, pair) in services.items():
        if where in planned:
            yield from _share(planned[where], release.traffic(name, move), pair)
        else:
            yield Refusal(Reason.MISSING, where, "the service is not in the plan")


def _attributes(resource: Resource) -> Iterator[Refusal]:
    change = resource.change
    if soundness.unknown(change.after_unknown):
        yield Refusal(Reason.UNKNOWN, resource.address, "a value is known after apply alone")
    for name in soundness.differences(change.before, change.after):
        if name != OUTPUT:
            why = f"{name} would change too"
            yield Refusal(Reason.OTHER_ATTRIBUTE, resource.address, why)


def _share(resource: Resource, wanted: Any, pair: Pair) -> Iterator[Refusal]:
    """Compare who gets how much, also of a service that stays as it is."""
    where, after = resource.address, resource.change.after or {}
    template = (after.get("template") or [{}])[0]
    if template.get("revision") != pair.candidate:
        yield Refusal(Reason.REVISION, where, "its template makes another revision than approved")
    yield from foreign(where, resource.change.before, pair)
    yield from foreign(where, after, pair)
    if any(each.get("type") != BY_REVISION for each in after.get("traffic") or []):
        yield Refusal(Reason.TRAFFIC, where, "requests would go to whatever revision is latest")
    # Terraform keeps the order of the configuration, and nobody reads a meaning into it.
    if sorted(shares(after)) != sorted(wanted):
        told = ", ".join(f"{each.percent} % to {each.revision}" for each in wanted)
        why = f"it must give {told}, and the candidate its tag or none, as the step says"
        yield Refusal(Reason.TRAFFIC, where, why)


def foreign(where: str, values: dict[str, Any] | None, pair: Pair) -> Iterator[Refusal]:
    """Refuse a third revision, also where it served before: somebody moved traffic by hand."""
    if {each.revision for each in shares(values or {})} - {pair.stable, pair.candidate}:
        why = "a revision that is neither of the two approved gets or got requests"
        yield Refusal(Reason.FOREIGN_REVISION, where, why)


def _drift(plan: Plan, release: Release) -> Iterator[Refusal]:
    """Accept what a step that died has done to traffic, and nothing that others did."""
    pairs = {address(name): pair for name, pair in release.pairs.items()}
    for resource in plan.resource_drift:
        change = resource.change
        before, after = (
            attributes.configured(resource.type, values) for values in (change.before, change.after)
        )
        names = soundness.differences(before, after)
        if not names and change.after is not None:
            continue
        if resource.address in pairs and names == [OUTPUT] and change.actions == ("update",):
            yield from foreign(resource.address, change.after, pairs[resource.address])
        else:
            why = f"{', '.join(names) or 'it'} was changed outside of Terraform; plan a candidate"
            yield Refusal(Reason.DRIFT, resource.address, why)


def _outputs(plan: Plan) -> Iterator[Refusal]:
    for name, change in sorted(plan.output_changes.items()):
        if change.actions != ("no-op",) and name != OUTPUT:
            yield Refusal(Reason.OUTPUT, name, "a step changes the output traffic alone")
        elif soundness.unknown(change.after_unknown):
            yield Refusal(Reason.UNKNOWN, name, "a value is known after apply alone")
