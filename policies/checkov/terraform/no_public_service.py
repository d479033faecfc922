"""Nobody outside of a list may call a service. Checkov's CKV_GCP_102 knows the first API alone."""

from grants import list_members
from terraform_policy import TerraformPolicy
from verdicts import EVERYBODY, excludes

check = TerraformPolicy(
    "HDP_NO_PUBLIC_SERVICE",
    "A Cloud Run service, job or worker pool is open to named accounts alone.",
    "Name the callers instead of allUsers or allAuthenticatedUsers.",
    [f"google_cloud_run_v2_*_iam_{kind}" for kind in ("member", "binding")],
    lambda block: excludes(list_members(block), EVERYBODY),
)
