"""A dataset is not deleted together with the tables in it."""

from terraform_policy import TerraformPolicy
from verdicts import is_off

check = TerraformPolicy(
    "HDP_DATASET_PROTECTED",
    "A dataset is deleted only when it is empty.",
    "Set delete_contents_on_destroy = false.",
    ["google_bigquery_dataset"],
    lambda block: is_off(block.get("delete_contents_on_destroy")),
)
