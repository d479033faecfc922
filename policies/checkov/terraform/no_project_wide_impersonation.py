"""Who may act as an account is said at the account: on the project, it is every account.

CKV_GCP_41 and 49 know two of these roles.
"""

from grants import CONTAINERS, refuse_roles
from terraform_policy import TerraformPolicy

ROLES = (
    r"roles/iam\.(serviceAccount(TokenCreator|OpenIdTokenCreator|User|Admin|KeyAdmin)"
    r"|workloadIdentity(User|PoolAdmin))"
)

check = TerraformPolicy(
    "HDP_NO_PROJECT_WIDE_IMPERSONATION",
    "Nobody may act as every account of a project.",
    "Grant the role on the one service account.",
    CONTAINERS,
    refuse_roles(ROLES),
)
