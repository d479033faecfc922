"""A GitHub token counts only from the one repository, known by numbers that are never given again.

All repositories share one issuer. CKV_GCP_118 wants any condition and CKV_GCP_125 one on names, and
both are shown None, since Checkov computes the condition.
Source: https://github.com/google-github-actions/auth/blob/main/docs/SECURITY_CONSIDERATIONS.md
"""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from federation import PROVIDER, for_github, may_hide, read_condition
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN

CLAIMS = ("repository_id", "repository_owner_id")
NUMBER = r"assertion\.{} == '(\d+|⟦[^⟧]*⟧)'"


def judge(provider: Block) -> CheckResult:
    """Both numeric ids, each compared with one number."""
    condition = read_condition(provider)
    if all(re.search(NUMBER.format(claim), condition) for claim in CLAIMS):
        return PASSED
    return UNKNOWN if may_hide(condition) else FAILED


check = TerraformPolicy(
    "HDP_FEDERATION_BOUND_TO_IDS",
    "GitHub's tokens count from one repository, by the ids of both repository and owner.",
    "Add assertion.repository_id == '1' && assertion.repository_owner_id == '2' to the condition.",
    PROVIDER,
    for_github(judge),
)
