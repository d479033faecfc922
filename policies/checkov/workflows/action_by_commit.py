"""An action is named by its commit: whoever owns it can move a tag, and has (CVE-2025-30066)."""

import re

from checkov.common.models.enums import CheckResult
from verdicts import PASSED, UNKNOWN, passes
from workflow_policy import JOBS, STEPS, WorkflowPolicy, Yaml, is_expression


def judge(part: Yaml) -> CheckResult:
    """The `uses` of a step, or of a job that calls a workflow. Our own begin with `./`."""
    used = str(part.get("uses") or "./")
    if is_expression(used):
        return UNKNOWN
    if used.startswith(("./", "docker://")):
        return PASSED
    return passes(re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}", used) is not None)


check = WorkflowPolicy(
    "HDP_ACTION_BY_COMMIT",
    "An action or workflow of somebody else is named by its commit.",
    "Write OWNER/NAME@ and 40 hexadecimal digits, with the version as a comment.",
    [*JOBS, *STEPS],
    judge,
)
