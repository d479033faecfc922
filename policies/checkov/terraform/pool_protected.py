"""A pool's and a provider's name is never given again, so a deletion ends deployments for good.

Source: https://github.com/hashicorp/terraform-provider-google/issues/14191
"""

from terraform_policy import TerraformPolicy
from verdicts import matches

check = TerraformPolicy(
    "HDP_POOL_PROTECTED",
    "Terraform does not delete an identity pool or its provider.",
    'Set deletion_policy = "PREVENT".',
    ["google_iam_workload_identity_pool", "google_iam_workload_identity_pool_provider"],
    lambda block: matches(block.get("deletion_policy"), "PREVENT"),
)
