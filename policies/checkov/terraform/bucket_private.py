"""No object can be made public by itself. CKV_GCP_29 fails a conditional, 114 passes one."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_on, matches, worst


def judge(block: Block) -> CheckResult:
    """One IAM policy for all objects, and no public member in it."""
    uniform = is_on(block.get("uniform_bucket_level_access"))
    return worst([uniform, matches(block.get("public_access_prevention"), "enforced")])


check = TerraformPolicy(
    "HDP_BUCKET_PRIVATE",
    "A bucket cannot be made public, nor one object of it.",
    'Set uniform_bucket_level_access = true and public_access_prevention = "enforced".',
    ["google_storage_bucket"],
    judge,
)
