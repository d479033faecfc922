"""IAM asks each caller for a token; Checkov has no rule about the switch that turns it off."""

from terraform_policy import TerraformPolicy
from verdicts import is_off

check = TerraformPolicy(
    "HDP_INVOKER_IAM_ON",
    "Cloud Run lets nobody in without a token.",
    "Set invoker_iam_disabled = false.",
    ["google_cloud_run_v2_service"],
    lambda block: is_off(block.get("invoker_iam_disabled")),
)
