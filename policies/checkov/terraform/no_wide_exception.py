"""An exception from signing names one image by digest: a pattern lets in what comes later.

Source: https://cloud.google.com/binary-authorization/docs/key-concepts#exempt_images
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, matches, worst


def judge(block: Block) -> CheckResult:
    """Each `admission_whitelist_patterns` block."""
    found = block.find("admission_whitelist_patterns")
    return worst(_judge_one(pattern.get("name_pattern")) for pattern in found)


def _judge_one(pattern: object) -> CheckResult:
    # A star is seen even where the rest is not known.
    return FAILED if "*" in str(pattern) else matches(pattern, r".+@sha256:[0-9a-f]{64}")


check = TerraformPolicy(
    "HDP_NO_WIDE_EXCEPTION",
    "An image that needs no attestation is named by its digest.",
    "Write NAME@sha256:... without a star, or have the image attested.",
    ["google_binary_authorization_policy"],
    judge,
)
