"""Terraform does not delete rows. CKV_GCP_121 fails a table that leaves it to the default, true."""

from terraform_policy import TerraformPolicy
from verdicts import PASSED, is_on

check = TerraformPolicy(
    "HDP_TABLE_PROTECTED",
    "Terraform does not delete a table.",
    "Set deletion_protection = true.",
    ["google_bigquery_table"],
    lambda block: PASSED if (value := block.get("deletion_protection")) is None else is_on(value),
)
