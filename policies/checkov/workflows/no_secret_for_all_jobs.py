"""A secret reaches the job that needs it: at the top of a workflow, every step could read it."""

from checkov.common.models.enums import CheckResult
from privileges import SECRET
from verdicts import UNKNOWN, passes
from workflow_policy import DOCUMENT, WorkflowPolicy, Yaml, find_text


def judge(workflow: Yaml) -> CheckResult:
    """`env` at the top; an action has no secrets."""
    if "jobs" not in workflow:
        return UNKNOWN
    return passes(not SECRET.search(find_text(workflow.get("env"))))


check = WorkflowPolicy(
    "HDP_NO_SECRET_FOR_ALL_JOBS",
    "No secret is in the environment of all jobs.",
    "Give it to the one step that needs it.",
    DOCUMENT,
    judge,
)
