"""What somebody changed in the cloud of what was applied: names, and never a value; no I/O."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.nightly.errors import NotSeenError
from deploy.plans import attributes, standing
from deploy.plans.document import FORMAT, Plan, Resource
from deploy.plans.summary import masked

UNNAMED = "something that the provider's schema does not name"
SAFE = r"[A-Za-z0-9_.\[\]\"?-]{1,300}"
"""What a resource's address is made of; anything else becomes a question mark."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Difference(_Part):
    """One resource that is not what the state says."""

    address: str = Field(pattern=rf"^{SAFE}$")
    what: Literal["changed", "gone"]
    attributes: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.' ]{1,200}$")], ...] = ()
    """Of what was changed, as the provider's schema names them."""


class Drift(_Part):
    """All differences of a project; none where everything is as it was applied."""

    looked_at: int = Field(ge=0)
    """How many resources the state has."""
    differences: tuple[Difference, ...]


def find(plan: Plan) -> Drift:
    """Find the differences in a plan that only refreshes.

    What a resource reports of itself (a table's count of rows, an etag) is none.

    Raises:
        NotSeenError: the plan does not show everything.
    """
    if plan.format_version != FORMAT or plan.errored or plan.deferred_changes:
        raise NotSeenError("Terraform did not look at everything, or tells it in another format")
    differences = [each for each in map(_difference, plan.resource_drift) if each]
    module = plan.prior_state.get("values", {}).get("root_module", {})
    there = sum(each["mode"] == "managed" for each in standing.resources(module))
    # The state after the look does not have what is gone.
    looked_at = there + sum(each.what == "gone" for each in differences)
    order = sorted(differences, key=lambda each: each.address)
    return Drift(looked_at=looked_at, differences=tuple(order))


def read(raw: str) -> Drift:
    """Read what the job that looked handed over.

    Raises:
        NotSeenError: it is something else.
    """
    try:
        return Drift.model_validate_json(raw)
    except ValidationError as exc:
        raise NotSeenError(
            f"what was found was not handed over whole ({exc.error_count()} faults)"
        ) from None


def _difference(resource: Resource) -> Difference | None:
    change = resource.change
    address = _safe(masked(resource.address))
    if change.after is None:
        return Difference(address=address, what="gone")
    before, after = (
        attributes.configured(resource.type, values) for values in (change.before, change.after)
    )
    if before == after:
        return None
    names = attributes.changed(resource.type, before, after) or [UNNAMED]
    return Difference(address=address, what="changed", attributes=tuple(names))


def _safe(address: str) -> str:
    allowed = set('_.[]"-')
    kept = (c if (c.isascii() and c.isalnum()) or c in allowed else "?" for c in address[:300])
    return "".join(kept)
