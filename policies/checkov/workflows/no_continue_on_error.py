"""A failure is a failure: a step that may fail is a gate that cannot close."""

from checkov.common.models.enums import CheckResult
from verdicts import UNKNOWN, passes
from workflow_policy import JOBS, STEPS, WorkflowPolicy, Yaml, is_expression


def judge(part: Yaml) -> CheckResult:
    """`continue-on-error` of a job or a step."""
    given = part.get("continue-on-error", False)
    return UNKNOWN if is_expression(given) else passes(str(given).lower() == "false")


check = WorkflowPolicy(
    "HDP_NO_CONTINUE_ON_ERROR",
    "No job or step goes on after an error.",
    "Remove continue-on-error; what may fail is no gate.",
    [*JOBS, *STEPS],
    judge,
)
