"""A service says itself that Binary Authorization counts for it; without the block, nothing checks.

Source: https://cloud.google.com/binary-authorization/docs/run/enabling-binauthz-cloud-run
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, is_given, is_on, is_present, worst


def judge(block: Block) -> CheckResult:
    """Either the project's policy, or one of the platform by its name."""
    blocks = block.find("binary_authorization")
    return worst([is_present(blocks), *(_judge_one(b) for b in blocks)])


def _judge_one(block: Block) -> CheckResult:
    named = block.get("policy")
    return PASSED if named and is_given(named) is PASSED else is_on(block.get("use_default"))


check = TerraformPolicy(
    "HDP_SERVICE_ONLY_SIGNED",
    "Cloud Run starts only what Binary Authorization lets through.",
    "Add binary_authorization { use_default = true }.",
    ["google_cloud_run_v2_service", "google_cloud_run_v2_job", "google_cloud_run_v2_worker_pool"],
    judge,
)
