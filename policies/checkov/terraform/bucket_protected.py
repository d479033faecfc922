"""A bucket is not deleted together with the objects in it, such as Terraform's state."""

from terraform_policy import TerraformPolicy
from verdicts import is_off

check = TerraformPolicy(
    "HDP_BUCKET_PROTECTED",
    "A bucket is deleted only when it is empty.",
    "Set force_destroy = false.",
    ["google_storage_bucket"],
    lambda block: is_off(block.get("force_destroy")),
)
