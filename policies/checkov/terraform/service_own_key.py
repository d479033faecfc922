"""What Cloud Run keeps is encrypted with a key of ours; Checkov has no rule about it."""

from own_keys import wants_key
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_SERVICE_OWN_KEY",
    "A service is encrypted with a key of one's own.",
    "Set encryption_key in the template.",
    ["google_cloud_run_v2_service"],
    wants_key("template", "encryption_key"),
)
