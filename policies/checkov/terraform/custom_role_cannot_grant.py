"""A custom role cannot make its holder more: no IAM of accounts or projects, no tokens or keys."""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN

GRANTING = re.compile(
    r"(resourcemanager\.(projects|folders|organizations)|iam\.serviceAccounts"
    r"|cloudkms\.\w+|secretmanager\.\w+|binaryauthorization\.\w+)\.setIamPolicy"
    r"|iam\.serviceAccounts\.(getAccessToken|getOpenIdToken|implicitDelegation|signBlob|signJwt)"
    r"|iam\.serviceAccountKeys\.(create|upload)|iam\.roles\.(create|update)"
    r"|iam\.workloadIdentityPool(s|Providers)\.(create|update)|.*\*.*"
)


def judge(block: Block) -> CheckResult:
    """Each of its permissions."""
    permissions = [str(permission) for permission in block.get_list("permissions")]
    if any(GRANTING.fullmatch(permission) for permission in permissions):
        return FAILED
    return UNKNOWN if any("⟦" in permission for permission in permissions) else PASSED


check = TerraformPolicy(
    "HDP_CUSTOM_ROLE_CANNOT_GRANT",
    "A custom role holds no permission to give itself more.",
    "Leave setIamPolicy, tokens, keys and roles to a person.",
    ["google_project_iam_custom_role", "google_organization_iam_custom_role"],
    judge,
)
