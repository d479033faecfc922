"""A table is encrypted with a key of ours. CKV_GCP_80 passes one that is null."""

from own_keys import wants_key
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_TABLE_OWN_KEY",
    "A table is encrypted with a key of one's own.",
    "Add encryption_configuration with kms_key_name.",
    ["google_bigquery_table"],
    wants_key("encryption_configuration", "kms_key_name"),
)
