"""A key for encryption is replaced within 90 days. CKV_GCP_43 fails a period that it cannot know.

A key that signs cannot rotate by itself. Source: CIS Google Cloud Foundations 1.10.
"""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, UNKNOWN, has_hole, passes

LONGEST_S = 90 * 24 * 3600


def judge(block: Block) -> CheckResult:
    """`rotation_period` in seconds, for example 7776000s."""
    purpose, period = str(block.get("purpose") or "ENCRYPT_DECRYPT"), block.get("rotation_period")
    if has_hole(purpose) or has_hole(period):
        return UNKNOWN
    if purpose.upper() != "ENCRYPT_DECRYPT":
        return PASSED
    seconds = re.fullmatch(r"(\d+)(\.\d+)?s", str(period))
    return passes(seconds is not None and int(seconds[1]) <= LONGEST_S)


check = TerraformPolicy(
    "HDP_KEY_ROTATES",
    "A key for encryption gets a new version every 90 days or sooner.",
    'Set rotation_period = "7776000s".',
    ["google_kms_crypto_key"],
    judge,
)
