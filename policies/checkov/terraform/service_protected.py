"""Terraform does not delete a service that callers use. Left to the default, it is protected."""

from terraform_policy import TerraformPolicy
from verdicts import PASSED, is_on

check = TerraformPolicy(
    "HDP_SERVICE_PROTECTED",
    "Terraform does not delete a service.",
    "Set deletion_protection = true.",
    ["google_cloud_run_v2_service", "google_cloud_run_v2_job"],
    lambda block: PASSED if (value := block.get("deletion_protection")) is None else is_on(value),
)
