"""Messages are encrypted with a key of ours. CKV_GCP_83 passes one that is null."""

from own_keys import wants_key
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_TOPIC_OWN_KEY",
    "A topic's messages are encrypted with a key of one's own.",
    "Set kms_key_name.",
    ["google_pubsub_topic"],
    wants_key("kms_key_name"),
)
