"""A plan as `terraform show -json` writes it, read strictly.

A part that is not known here may be a change that nobody judges, so it is refused: a newer
Terraform has to be looked at first. Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.plans.refusal import PlanRefusedError, Reason, Refusal

FORMAT = "1.2"
PROVIDER = "registry.terraform.io/hashicorp/google"
SERVICE = "google_cloud_run_v2_service"
Values = dict[str, Any]


class _Part(BaseModel):
    """Nothing is converted, nothing is passed over, and an error tells no value."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Change(_Part):
    """What becomes of one resource."""

    actions: tuple[str, ...]
    before: Values | None = None
    after: Values | None = None
    after_unknown: Any = False
    """True, or a tree with True where a value is known after apply alone."""
    before_sensitive: Any = False
    after_sensitive: Any = False
    before_identity: Any = None
    after_identity: Any = None
    replace_paths: Any = None
    importing: Any = None
    generated_config: Any = None


class OutputChange(_Part):
    """What becomes of one output."""

    actions: tuple[str, ...]
    before: Any = None
    after: Any = None
    after_unknown: Any = False
    before_sensitive: Any = False
    after_sensitive: Any = False


class Resource(_Part):
    """One resource's change, or its drift."""

    address: str
    mode: Literal["managed", "data"]
    type: str
    name: str
    provider_name: str
    change: Change
    module_address: str = ""
    index: str | int | None = None
    previous_address: str = ""
    deposed: str = ""
    action_reason: str = ""


class Check(BaseModel):
    """A condition of the configuration; what its instances are called may differ by version."""

    model_config = ConfigDict(frozen=True)

    address: dict[str, Any]
    status: str


class Plan(_Part):
    """A whole plan."""

    format_version: str
    terraform_version: str
    errored: bool
    complete: bool
    applyable: bool
    """False also where there is nothing to do."""
    resource_changes: tuple[Resource, ...] = ()
    resource_drift: tuple[Resource, ...] = ()
    output_changes: dict[str, OutputChange] = {}
    checks: tuple[Check, ...] = ()
    deferred_changes: tuple[Any, ...] = ()
    prior_state: Values = {}
    """The state after a look at the cloud; Terraform leaves it out where there is none."""
    planned_values: Values = {}
    variables: Any = None
    configuration: Any = None
    relevant_attributes: Any = None
    timestamp: str = ""

    @property
    def changed_outputs(self) -> list[str]:
        """The outputs that change, by name; Terraform lists the others too."""
        changed = (name for name, each in self.output_changes.items() if each.actions != ("no-op",))
        return sorted(changed)

    @property
    def changes(self) -> list[Resource]:
        """Give what would be done, in order of address."""
        doing = (each for each in self.resource_changes if each.change.actions != ("no-op",))
        return sorted(doing, key=lambda each: each.address)

    def output(self, name: str) -> Any:
        """Give an output as it will be; None where it is absent or not known yet."""
        return self.planned_values.get("outputs", {}).get(name, {}).get("value")


def read(raw: bytes | str) -> Plan:
    """Read a plan.

    Raises:
        PlanRefusedError: it is none, or has a part that this checker does not know.
    """
    try:
        return Plan.model_validate_json(raw)
    except ValidationError as exc:
        # Of an error's parts, only these two hold no value.
        raise PlanRefusedError(
            Refusal(Reason.UNREADABLE, ".".join(str(part) for part in each["loc"]), each["type"])
            for each in exc.errors(include_input=False, include_url=False, include_context=False)
        ) from None
