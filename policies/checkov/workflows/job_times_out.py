"""A job ends in time: GitHub's own limit is six hours, in which a stolen runner does a lot."""

from checkov.common.models.enums import CheckResult
from verdicts import PASSED, UNKNOWN, passes
from workflow_policy import JOBS, WorkflowPolicy, Yaml, is_expression

LONGEST_MINUTES = 120


def judge(job: Yaml) -> CheckResult:
    """`timeout-minutes`; a job that calls a workflow cannot have one."""
    if "uses" in job:
        return PASSED
    given = job.get("timeout-minutes")
    if is_expression(given):
        return UNKNOWN
    return passes(isinstance(given, int | float) and 0 < given <= LONGEST_MINUTES)


check = WorkflowPolicy(
    "HDP_JOB_TIMES_OUT",
    "A job has a time limit of two hours or less.",
    "Add timeout-minutes.",
    JOBS,
    judge,
)
