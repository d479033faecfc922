"""No basic role anywhere. CKV_GCP_115 to 117 know projects, folders and organizations alone."""

from grants import ANY_GRANT, refuse_roles
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_NO_BASIC_ROLE",
    "Nobody is owner, editor, viewer or browser of anything.",
    "Give a role with the permissions that are used.",
    ANY_GRANT,
    refuse_roles("roles/(owner|editor|viewer|browser)"),
)
