"""Nobody outside of a list reads or writes data, or uses a key.

CKV2_GCP_3 and its kin know a few of these resources, and not the grants on a whole dataset.
"""

from grants import list_members
from terraform_policy import TerraformPolicy
from verdicts import EVERYBODY, excludes

PLACES = (
    "artifact_registry_repository",
    "bigquery_*",
    "kms_*",
    "pubsub_*",
    "secret_manager_*",
    "storage_*",
)

check = TerraformPolicy(
    "HDP_NO_PUBLIC_DATA",
    "Data, messages, images, keys and secrets are open to named accounts alone.",
    "Name the accounts instead of allUsers or allAuthenticatedUsers.",
    [f"google_{place}_iam_{kind}" for place in PLACES for kind in ("member", "binding")],
    lambda block: excludes(list_members(block), EVERYBODY),
)
