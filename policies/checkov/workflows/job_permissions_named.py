"""A job names each permission that it takes: `write-all` would also hold those of next year."""

from checkov.common.models.enums import CheckResult
from verdicts import UNKNOWN, passes
from workflow_policy import JOBS, WorkflowPolicy, Yaml, is_expression


def judge(job: Yaml) -> CheckResult:
    """A mapping, or nothing at all."""
    given = job.get("permissions")
    return UNKNOWN if is_expression(given) else passes(not isinstance(given, str))


check = WorkflowPolicy(
    "HDP_JOB_PERMISSIONS_NAMED",
    "A job names each of its permissions.",
    "List them instead of write-all or read-all.",
    JOBS,
    judge,
)
