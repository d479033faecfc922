"""A job with an identity or a secret builds, tests and scans nothing: that is foreign code.

A stolen scanner read tokens out of the runner's memory (trivy-action, 2026-03-19).
"""

from checkov.common.models.enums import CheckResult
from foreign_code import runs_foreign_code
from privileges import for_privileged
from verdicts import FAILED, PASSED, UNKNOWN, worst
from workflow_policy import JOBS, WorkflowPolicy, Yaml, list_steps


def judge(job: Yaml) -> CheckResult:
    """Each step's command and action; what an action of ours does is not written here."""
    return worst(_judge_step(str(s.get("run", "")), str(s.get("uses"))) for s in list_steps(job))


def _judge_step(command: str, action: str) -> CheckResult:
    if runs_foreign_code(command, action):
        return FAILED
    return UNKNOWN if action.startswith("./") or "${{" in command + action else PASSED


check = WorkflowPolicy(
    "HDP_IDENTITY_WITHOUT_FOREIGN_CODE",
    "A job that holds an identity or a secret does not build, test or scan.",
    "Do that in a job without id-token: write and without secrets, and hand its result over.",
    JOBS,
    for_privileged(judge),
)
