"""Each part of the condition has to hold: `a || b` is as strong as its weaker side."""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from federation import PROVIDER, may_hide, read_condition
from terraform_policy import TerraformPolicy
from verdicts import FAILED, UNKNOWN, passes


def judge(provider: Block) -> CheckResult:
    """No `||`, no conditional and no negation of the whole."""
    condition = read_condition(provider)
    if re.search(r"\|\||\?|!\s*\(", condition):
        return FAILED
    return UNKNOWN if may_hide(condition) else passes(bool(condition))


check = TerraformPolicy(
    "HDP_FEDERATION_WITHOUT_OR",
    "A condition on tokens has no way round.",
    "Join its parts with && alone, and write alternatives as `in [...]`.",
    PROVIDER,
    judge,
)
