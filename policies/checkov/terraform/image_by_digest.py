"""An image is named by its digest: a tag can lead to another image tomorrow."""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import UNKNOWN, passes, worst

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
LONG_ENOUGH = 71  # a digest with its `@`; what follows the last hole decides from there on


def judge(block: Block) -> CheckResult:
    """The containers of a service or worker pool; a job's are one template deeper."""
    containers = [
        *block.find("template", "containers"),
        *block.find("template", "template", "containers"),
    ]
    return worst(_judge_one(str(c.get("image"))) for c in containers)


def _judge_one(image: str) -> CheckResult:
    known = image.rpartition("⟧")[2]
    if (
        "⟧" not in image
        or len(known) >= LONG_ENOUGH
        or re.search(r"[/:]", known.replace("@sha256:", ""))
    ):
        return passes(DIGEST.search(image) is not None)
    return UNKNOWN


check = TerraformPolicy(
    "HDP_IMAGE_BY_DIGEST",
    "Cloud Run starts an image by its digest.",
    "Write NAME@sha256:... instead of a tag.",
    ["google_cloud_run_v2_service", "google_cloud_run_v2_job", "google_cloud_run_v2_worker_pool"],
    judge,
)
