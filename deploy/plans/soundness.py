"""What is wrong with a plan whatever it is for: made by another Terraform, not whole, unclear."""

import re
from collections.abc import Iterator
from typing import Any

from deploy.plans.document import FORMAT, PROVIDER, Plan, Resource
from deploy.plans.refusal import Reason, Refusal

ONCE = (("create",), ("update",), ("delete",))
WORD = re.compile(r"[a-z]{1,10}|[0-9]+(\.[0-9]+){1,2}(-[a-z0-9]{1,10})?")


def refusals(plan: Plan, terraform_version: str) -> Iterator[Refusal]:
    """Find what no step, candidate or first deployment may have.

    Args:
        plan: as it was read.
        terraform_version: the one that is pinned, and that applies it.
    """
    yield from _document(plan, terraform_version)
    for check in plan.checks:
        # "unknown" is a condition that is judged while the cloud is being changed.
        if check.status != "pass":
            where = str(check.address.get("to_display", "a check"))
            yield Refusal(Reason.CHECK, where, f"its condition is {_word(check.status)}")
    seen: set[str] = set()
    for resource in plan.resource_changes:
        if resource.address in seen:
            yield Refusal(Reason.REPEATED, resource.address, "it is named twice")
        seen.add(resource.address)
        yield from _resource(resource)


def _document(plan: Plan, terraform_version: str) -> Iterator[Refusal]:
    if plan.format_version != FORMAT:
        why = f"{_word(plan.format_version)} is not {FORMAT}, the one this checker reads"
        yield Refusal(Reason.VERSION, "format_version", why)
    if plan.terraform_version != terraform_version:
        why = f"made by {_word(plan.terraform_version)}, and {terraform_version} is pinned"
        yield Refusal(Reason.VERSION, "terraform_version", why)
    if plan.errored:
        yield Refusal(Reason.ERRORED, "the plan", "planning ended with an error")
    if not plan.complete:
        why = "it leaves changes for a later plan, as -target or a deferral does"
        yield Refusal(Reason.INCOMPLETE, "the plan", why)
    if plan.deferred_changes:
        yield Refusal(Reason.DEFERRED, "the plan", "a change waits for a later plan")


def _resource(resource: Resource) -> Iterator[Refusal]:
    change, where = resource.change, resource.address
    if resource.provider_name != PROVIDER:
        yield Refusal(Reason.PROVIDER, where, "another provider than hashicorp/google would act")
    if resource.previous_address:
        yield Refusal(Reason.MOVED, where, "it moves within the state")
    if change.importing is not None or change.generated_config is not None:
        yield Refusal(Reason.IMPORTED, where, "it is taken over into the state")
    if resource.deposed:
        yield Refusal(Reason.DEPOSED, where, "a half-done replacement is left over")
    if change.actions == ("no-op",):
        return
    if resource.mode != "managed":
        yield Refusal(Reason.MODE, where, "something is read while the cloud is being changed")
    elif len(change.actions) > 1:
        tainted = resource.action_reason == "replace_because_tainted"
        how = " since its creation failed: terraform untaint it and plan again" if tainted else ""
        reason = Reason.TAINTED if tainted else Reason.ACTION
        yield Refusal(reason, where, f"it would be deleted and made anew{how}")
    elif change.actions not in ONCE:
        yield Refusal(Reason.ACTION, where, "it would be neither created, updated nor deleted")


def differences(before: Any, after: Any) -> list[str]:
    """Name the attributes that differ at the top of a resource; a new one has all of its."""
    old, new = before or {}, after or {}
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def unknown(tree: Any) -> bool:
    """Tell whether any value is known after apply alone."""
    if isinstance(tree, dict):
        return any(unknown(each) for each in tree.values())
    if isinstance(tree, list):
        return any(unknown(each) for each in tree)
    return tree is not False and tree is not None


def _word(text: str) -> str:
    """Repeat a word of the document only if it is a version or a status."""
    return text if WORD.fullmatch(text) else "something unreadable"
