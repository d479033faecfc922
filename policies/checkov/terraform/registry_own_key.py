"""Images are encrypted with a key of ours. CKV_GCP_84 passes one that is null."""

from own_keys import wants_key
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_REGISTRY_OWN_KEY",
    "A registry is encrypted with a key of one's own.",
    "Set kms_key_name.",
    ["google_artifact_registry_repository"],
    wants_key("kms_key_name"),
)
