"""What no rule names is refused, or needs an attestation by somebody.

Source: https://cloud.google.com/binary-authorization/docs/policy-yaml-reference
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, is_given, is_present, matches, worst


def judge(block: Block) -> CheckResult:
    """The default rule and each cluster's."""
    default = block.find("default_admission_rule")
    rules = [*default, *block.find("cluster_admission_rules")]
    return worst([is_present(default), *(_judge_one(rule) for rule in rules)])


def _judge_one(rule: Block) -> CheckResult:
    mode = rule.get("evaluation_mode")
    if matches(mode, "ALWAYS_DENY") is PASSED:
        return PASSED
    named = is_given(rule.get("require_attestations_by"))
    return worst([matches(mode, "REQUIRE_ATTESTATION"), named])


check = TerraformPolicy(
    "HDP_ATTESTATION_REQUIRED",
    "Binary Authorization wants an attestation, by a named attestor.",
    'Set evaluation_mode = "REQUIRE_ATTESTATION" and require_attestations_by.',
    ["google_binary_authorization_policy"],
    judge,
)
