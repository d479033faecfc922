"""A project's policy, as Binary Authorization's API has it.

Rules for Kubernetes namespaces, accounts and mesh identities are unknown fields here, so a policy
that has them is refused: no such thing exists on Cloud Run.
Source: https://cloud.google.com/binary-authorization/docs/reference/rest/v1/Policy
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from deploy.binary_authorization import attestor
from deploy.documents import Document


class AdmissionRule(Document):
    """What is demanded of an image, and what becomes of one that fails."""

    evaluation_mode: Literal["ALWAYS_ALLOW", "REQUIRE_ATTESTATION", "ALWAYS_DENY"]
    enforcement_mode: Literal["ENFORCED_BLOCK_AND_AUDIT_LOG", "DRYRUN_AUDIT_LOG_ONLY"]
    require_attestations_by: list[Annotated[str, Field(pattern=attestor.NAME)]] = Field(
        default_factory=list
    )
    """Every one of these attestors has to have attested it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.evaluation_mode == "REQUIRE_ATTESTATION") != bool(self.require_attestations_by):
            raise ValueError("attestors belong to REQUIRE_ATTESTATION, and it needs one")
        return self


class Pattern(Document):
    """Images that no rule is asked about."""

    name_pattern: str = Field(pattern=r"^[^/*\s]+/[^*\s]*\*{0,2}$")
    """The registry, a slash, and the rest, with wildcards at its end alone."""

    def matches(self, image: str) -> bool:
        """Compare with a whole reference, its tag or digest included.

        `*` stands for anything but a slash, `**` for anything.
        """
        stem = self.name_pattern.rstrip("*")
        if not image.startswith(stem):
            return False
        rest = image[len(stem) :]
        match self.name_pattern[len(stem) :]:
            case "**":
                return True
            case "*":
                return "/" not in rest
        return not rest


class Policy(Document):
    """The one policy of a project."""

    name: str = ""
    description: str = ""
    global_policy_evaluation_mode: Literal[
        "GLOBAL_POLICY_EVALUATION_MODE_UNSPECIFIED", "ENABLE", "DISABLE"
    ] = "GLOBAL_POLICY_EVALUATION_MODE_UNSPECIFIED"
    """Whether Google's list of its own system images counts too. It is not in the policy, and none
    of our images is on it, so nothing is admitted here because of it."""
    admission_whitelist_patterns: list[Pattern] = Field(default_factory=list)
    cluster_admission_rules: dict[str, AdmissionRule] = Field(default_factory=dict)
    """By `location.cluster`, of Kubernetes; a Cloud Run service is in no cluster."""
    default_admission_rule: AdmissionRule
    update_time: str = ""
    etag: str = ""

    def rule(self, cluster: str = "") -> AdmissionRule:
        """Find the rule that counts in a cluster, or outside of all."""
        return self.cluster_admission_rules.get(cluster, self.default_admission_rule)
