"""A GitHub token counts from main alone: on others, whoever may push writes the workflow."""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from federation import PROVIDER, for_github, may_hide, read_condition
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN


def judge(provider: Block) -> CheckResult:
    """`ref` is compared with one branch."""
    condition = read_condition(provider)
    if re.search(r"assertion\.ref == '(refs/heads/[\w./-]*)?(⟦[^⟧]*⟧)?'", condition):
        return PASSED
    return UNKNOWN if may_hide(condition) else FAILED


check = TerraformPolicy(
    "HDP_FEDERATION_ON_MAIN",
    "GitHub's tokens count from one branch.",
    "Add assertion.ref == 'refs/heads/main' to the condition.",
    PROVIDER,
    for_github(judge),
)
