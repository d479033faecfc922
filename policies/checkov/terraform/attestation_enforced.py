"""A refused image is not started. A dry run only writes a line about it."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import matches, worst


def judge(block: Block) -> CheckResult:
    """The default rule and each cluster's."""
    rules = [*block.find("default_admission_rule"), *block.find("cluster_admission_rules")]
    return worst(
        matches(rule.get("enforcement_mode"), "ENFORCED_BLOCK_AND_AUDIT_LOG") for rule in rules
    )


check = TerraformPolicy(
    "HDP_ATTESTATION_ENFORCED",
    "Binary Authorization blocks, and does not only log.",
    'Set enforcement_mode = "ENFORCED_BLOCK_AND_AUDIT_LOG".',
    ["google_binary_authorization_policy"],
    judge,
)
