"""A job runs on a fresh machine of GitHub's, of a named version: one's own remembers."""

import re

from checkov.common.models.enums import CheckResult
from verdicts import FAILED, PASSED, UNKNOWN, passes, worst
from workflow_policy import JOBS, WorkflowPolicy, Yaml, is_expression

HOSTED = re.compile(r"(ubuntu|windows|macos)-\d+(\.\d+)?(-[a-z]+)*", re.IGNORECASE)


def judge(job: Yaml) -> CheckResult:
    """`runs-on`, as a label or a list of them; a group is somebody's own."""
    if "uses" in job:
        return PASSED
    given = job.get("runs-on")
    if isinstance(given, dict) or not given:
        return FAILED
    return worst(_judge_one(label) for label in (given if isinstance(given, list) else [given]))


def _judge_one(label: object) -> CheckResult:
    known = HOSTED.fullmatch(str(label)) is not None
    return UNKNOWN if is_expression(label) else passes(known)


check = WorkflowPolicy(
    "HDP_HOSTED_RUNNER",
    "A job runs on a machine of GitHub's, of a named version.",
    "Write runs-on: ubuntu-24.04.",
    JOBS,
    judge,
)
