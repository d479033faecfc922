"""No account has a key: a key is a file that works for years wherever it is copied to.

CKV2_GCP_3 passes one. With `count` or `for_each` of a variable nobody knows if there will be one.
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN

KEY = "google_service_account_key"


def judge(block: Block) -> CheckResult:
    """A key fails. Which account a key in the same folder belongs to, the key itself says."""
    if block.kind == KEY:
        return UNKNOWN if block.maybe else FAILED
    return UNKNOWN if list(block.siblings(KEY)) else PASSED


check = TerraformPolicy(
    "HDP_NO_ACCOUNT_KEY",
    "No service account has a key.",
    "Use federation or impersonation, and remove the key.",
    [KEY, "google_service_account"],
    judge,
)
