"""The first deployment, which has no old revision to hold the requests: three plans in this order.

Resources without services, since no image is signed yet; both services at 100 % with the smoke
test as their only caller; then the subscription and the callers. Each may be planned again after a
death. Whether the smoke test passed before the last one, the person sees who approves it.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from deploy.plans import candidate, controls, soundness, standing
from deploy.plans.candidate import Notice
from deploy.plans.controls import Approved
from deploy.plans.document import SERVICE, Plan, Resource
from deploy.plans.refusal import Reason, Refusal, decide
from deploy.plans.standing import WHOLE, Share

SUBSCRIPTION = "google_pubsub_subscription.ingest[0]"
CALLERS = "google_cloud_run_v2_service_iam_binding.api_callers[0]"
PUSHER = "google_cloud_run_v2_service_iam_binding.function_pusher[0]"


class Stage(StrEnum):
    """How far the first deployment is to go with a plan."""

    RESOURCES = "resources"
    SERVICES = "services"
    OPENING = "opening"

    def variables(self, images: Mapping[str, str]) -> dict[str, Any]:
        """Give the values of the root's variables `images`, `canary` and `serving`."""
        with_services = {} if self is Stage.RESOURCES else dict(images)
        return {"images": with_services, "canary": {}, "serving": self is Stage.OPENING}


def stage(state: Mapping[str, Any], images: Mapping[str, str]) -> Stage | None:
    """Tell which plan is next; None where the pipeline serves, and a release begins otherwise.

    Args:
        state: as `terraform show -json` has it, or a plan's `prior_state`.
        images: what is to run, by service.
    """
    addresses = {
        each["address"]
        for each in standing.resources(state.get("values", {}).get("root_module", {}))
    }
    if "google_pubsub_topic.ingest" not in addresses:
        return Stage.RESOURCES
    if SUBSCRIPTION in addresses:
        return None
    return Stage.OPENING if images.keys() <= standing.read(state).keys() else Stage.SERVICES


def check(
    plan: Plan, now: Stage, approved: Approved, smoke: str, terraform_version: str
) -> tuple[Notice, ...]:
    """Judge one of the three plans; gives what a person has to see.

    Args:
        plan: as it was read.
        now: which of the three it is.
        approved: the images, and where they are kept.
        smoke: e-mail address of the identity that makes the smoke test.
        terraform_version: the one that is pinned.

    Raises:
        PlanRefusedError: it may not be applied; with every reason.
    """
    decide(
        soundness.refusals(plan, terraform_version),
        controls.refusals(plan, approved),
        _of_stage(plan, now, smoke),
    )
    return candidate.notices(plan)


def _of_stage(plan: Plan, now: Stage, smoke: str) -> Iterator[Refusal]:
    for resource in plan.resource_changes:
        where, after = resource.address, resource.change.after
        if after is None:
            if resource.type not in controls.KEPT:
                yield Refusal(Reason.DELETION, where, "a first deployment deletes nothing")
        elif resource.type == SERVICE:
            if now is Stage.RESOURCES:
                yield Refusal(Reason.EARLY, where, "no image is signed yet")
            else:
                revision = candidate.revision_of(resource)
                yield from controls.share(resource, (Share(revision, WHOLE),))
        elif now is not Stage.OPENING:
            yield from _opened(resource, now, smoke)


def _opened(resource: Resource, now: Stage, smoke: str) -> Iterator[Refusal]:
    """Look for whom and what the plan lets in too early, at whatever address it stands."""
    where, after = resource.address, resource.change.after or {}
    pushes = resource.type == controls.SUBSCRIPTION and after.get("push_config")
    if where == SUBSCRIPTION or pushes:
        yield Refusal(Reason.EARLY, where, "no message is pushed before the smoke test passed")
    alone = now is Stage.SERVICES and after.get("members") == [f"serviceAccount:{smoke}"]
    if (where == CALLERS and not alone) or (
        resource.type.startswith(f"{SERVICE}_iam_") and where not in (CALLERS, PUSHER)
    ):
        yield Refusal(Reason.EARLY, where, "nobody but the smoke test calls before it passed")
