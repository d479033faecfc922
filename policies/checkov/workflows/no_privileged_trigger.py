"""No event gives a stranger's text or code the rights of this repository.

A fork's pull request took over TanStack's release by `pull_request_target` (CVE-2026-45321).
"""

from checkov.common.models.enums import CheckResult
from triggers import list_triggers
from verdicts import UNKNOWN, passes
from workflow_policy import DOCUMENT, WorkflowPolicy, Yaml

PRIVILEGED = {
    "discussion",
    "discussion_comment",
    "fork",
    "issue_comment",
    "issues",
    "pull_request_comment",
    "pull_request_target",
    "watch",
    "workflow_run",
}


def judge(workflow: Yaml) -> CheckResult:
    """The events; an action has none."""
    events = list_triggers(workflow)
    return passes(not events & PRIVILEGED) if events else UNKNOWN


check = WorkflowPolicy(
    "HDP_NO_PRIVILEGED_TRIGGER",
    "No event that a stranger can cause starts a workflow with this repository's rights.",
    "Use pull_request, push, schedule or workflow_dispatch.",
    DOCUMENT,
    judge,
)
