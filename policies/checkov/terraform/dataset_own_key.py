"""A dataset's tables are encrypted with a key of ours. CKV_GCP_81 passes one that is null."""

from own_keys import wants_key
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_DATASET_OWN_KEY",
    "A dataset has a default key of one's own.",
    "Add default_encryption_configuration with kms_key_name.",
    ["google_bigquery_dataset"],
    wants_key("default_encryption_configuration", "kms_key_name"),
)
