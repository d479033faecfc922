"""A key is not deleted with the rest: what it encrypted could never be read again.

CKV_GCP_82 wants prevent_destroy alone, which no variable can ever take back.
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, is_on, matches


def judge(block: Block) -> CheckResult:
    """Either of the two ways."""
    held = any(is_on(life.get("prevent_destroy")) is PASSED for life in block.find("lifecycle"))
    return PASSED if held else matches(block.get("deletion_policy"), "PREVENT")


check = TerraformPolicy(
    "HDP_KEY_PROTECTED",
    "Terraform does not delete a key.",
    'Set deletion_policy = "PREVENT", or prevent_destroy in lifecycle.',
    ["google_kms_crypto_key"],
    judge,
)
