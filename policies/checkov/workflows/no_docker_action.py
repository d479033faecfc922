"""A container action of ours is an image by digest, not a Dockerfile that is built at each run."""

import re

from checkov.common.models.enums import CheckResult
from verdicts import PASSED, UNKNOWN, passes
from workflow_policy import DOCUMENT, WorkflowPolicy, Yaml, entries, is_expression


def judge(action: Yaml) -> CheckResult:
    """`runs.image` of an action; a workflow has none."""
    runs = entries(action.get("runs"))
    if str(runs.get("using")).lower() != "docker":
        return PASSED
    image = str(runs.get("image"))
    held = re.fullmatch(r"docker://.+@sha256:[0-9a-f]{64}", image) is not None
    return UNKNOWN if is_expression(image) else passes(held)


check = WorkflowPolicy(
    "HDP_NO_DOCKER_ACTION",
    "A container action is an image by its digest.",
    "Write image: docker://NAME@sha256:...",
    DOCUMENT,
    judge,
)
