"""A workflow begins with no permission, or with reading: left out, it may hold all."""

from checkov.common.models.enums import CheckResult
from verdicts import FAILED, UNKNOWN, passes
from workflow_policy import DOCUMENT, WorkflowPolicy, Yaml, entries


def judge(workflow: Yaml) -> CheckResult:
    """`permissions` at the top; an action has none."""
    if "jobs" not in workflow:
        return UNKNOWN
    given = workflow.get("permissions")
    if not isinstance(given, dict):
        return FAILED
    return passes(all(level in {"read", "none"} for level in entries(given).values()))


check = WorkflowPolicy(
    "HDP_PERMISSIONS_FROM_NOTHING",
    "A workflow starts without permissions, or with reading alone.",
    "Write permissions: {} at the top, and what a job needs at the job.",
    DOCUMENT,
    judge,
)
