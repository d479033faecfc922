"""Nobody's reading goes unlogged, least of all that of somebody who would be exempted."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_absent, worst


def judge(block: Block) -> CheckResult:
    """No `exempted_members` in any log's configuration."""
    configurations = block.find("audit_log_config")
    return worst(is_absent(c.get("exempted_members")) for c in configurations)


check = TerraformPolicy(
    "HDP_AUDIT_EXEMPTS_NOBODY",
    "The audit log holds everybody.",
    "Remove exempted_members.",
    ["google_project_iam_audit_config"],
    judge,
)
