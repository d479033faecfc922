"""A pull request gets no identity and no secret: what it runs, whoever wrote it chose."""

from checkov.common.models.enums import CheckResult
from privileges import has_identity, has_secret
from triggers import list_triggers
from verdicts import FAILED, PASSED, UNKNOWN
from workflow_policy import DOCUMENT, WorkflowPolicy, Yaml, entries


def judge(workflow: Yaml) -> CheckResult:
    """No privileged job in a workflow that a pull request starts; a condition may keep one out."""
    jobs = [job for job in entries(workflow.get("jobs")).values() if isinstance(job, dict)]
    held = [job for job in jobs if has_identity(job) or has_secret(job)]
    if not held or "pull_request" not in list_triggers(workflow):
        return PASSED
    return UNKNOWN if all("if" in job for job in held) else FAILED


check = WorkflowPolicy(
    "HDP_NO_IDENTITY_FOR_PULL_REQUESTS",
    "No job of a pull request holds an identity or a secret.",
    "Move the job to a workflow that a push to main starts.",
    DOCUMENT,
    judge,
)
