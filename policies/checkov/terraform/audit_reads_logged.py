"""Whoever uses a key, a token, an image or a state leaves a line; by default changes alone do.

CKV2_GCP_5 wants it of all services, and so a line for each message and each request.
Source: https://cloud.google.com/logging/docs/audit/configure-data-access
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN, has_hole

GUARDED = {"artifactregistry", "binaryauthorization", "cloudkms", "iam"}
GUARDED |= {"secretmanager", "storage", "sts", "allServices"}
WANTED = {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}


def judge(block: Block) -> CheckResult:
    """All three logs for a service that guards something; about others the rule says nothing."""
    service = str(block.get("service"))
    if has_hole(service):
        return UNKNOWN
    if service.removesuffix(".googleapis.com") not in GUARDED:
        return PASSED
    found = block.find("audit_log_config")
    types = {str(c.get("log_type")) for c in found if not c.maybe}
    doubt = any(c.maybe or has_hole(c.get("log_type")) for c in found)
    return PASSED if types >= WANTED else UNKNOWN if doubt else FAILED


check = TerraformPolicy(
    "HDP_AUDIT_READS_LOGGED",
    "Reads of keys, tokens, images and state are logged.",
    "Add audit_log_config for ADMIN_READ, DATA_READ and DATA_WRITE.",
    ["google_project_iam_audit_config"],
    judge,
)
