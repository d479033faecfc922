"""A container that a job runs in, beside or as a step is named by its digest."""

import re

from checkov.common.models.enums import CheckResult
from verdicts import FAILED, PASSED, UNKNOWN, worst
from workflow_policy import JOBS, STEPS, WorkflowPolicy, Yaml, entries, is_expression


def judge(part: Yaml) -> CheckResult:
    """`docker://` of a step; `container` and `services` of a job."""
    images = [_image(part.get("container"))]
    images += [_image(service) for service in entries(part.get("services")).values()]
    if str(used := part.get("uses")).startswith("docker://"):
        images.append(used)
    return worst(_judge_one(image) for image in images if image)


def _image(container: object) -> object:
    return entries(container).get("image") if isinstance(container, dict) else container


def _judge_one(image: object) -> CheckResult:
    if re.search(r"@sha256:[0-9a-f]{64}$", str(image)):
        return PASSED
    return UNKNOWN if is_expression(image) else FAILED


check = WorkflowPolicy(
    "HDP_CONTAINER_BY_DIGEST",
    "A workflow's container is named by its digest.",
    "Write NAME@sha256:... instead of a tag.",
    [*JOBS, *STEPS],
    judge,
)
