"""The checkout leaves no token behind: otherwise each later step could push with it."""

import re

from checkov.common.models.enums import CheckResult
from verdicts import PASSED, UNKNOWN, passes
from workflow_policy import STEPS, WorkflowPolicy, Yaml, entries, is_expression


def judge(step: Yaml) -> CheckResult:
    """`persist-credentials` of actions/checkout, which is on unless it is turned off."""
    if not re.match(r"actions/checkout@", str(step.get("uses")), re.IGNORECASE):
        return PASSED
    given = entries(step.get("with")).get("persist-credentials")
    return UNKNOWN if is_expression(given) else passes(str(given).lower() == "false")


check = WorkflowPolicy(
    "HDP_CHECKOUT_WITHOUT_TOKEN",
    "The checkout keeps no token on the disk.",
    "Add with: persist-credentials: false.",
    STEPS,
    judge,
)
