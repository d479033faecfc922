"""Nobody deploys past a refused image: a justification in the code would do so for good."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_absent, worst


def judge(block: Block) -> CheckResult:
    """No `breakglass_justification`, whatever it says."""
    found = block.find("binary_authorization")
    return worst(is_absent(b.get("breakglass_justification")) for b in found)


check = TerraformPolicy(
    "HDP_NO_BREAKGLASS",
    "No service is deployed past Binary Authorization.",
    "Remove breakglass_justification.",
    ["google_cloud_run_v2_service", "google_cloud_run_v2_job", "google_cloud_run_v2_worker_pool"],
    judge,
)
