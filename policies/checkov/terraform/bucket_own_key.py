"""Objects are encrypted with a key of ours; Checkov has no rule about it."""

from own_keys import wants_key
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_BUCKET_OWN_KEY",
    "A bucket has a default key of one's own.",
    "Add encryption with default_kms_key_name.",
    ["google_storage_bucket"],
    wants_key("encryption", "default_kms_key_name"),
)
