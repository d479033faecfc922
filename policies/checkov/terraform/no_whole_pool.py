"""A grant to a whole pool is one to every job of every workflow that may get a token at all.

Source: https://cloud.google.com/iam/docs/principal-identifiers
"""

from grants import ANY_GRANT, refuse_members
from terraform_policy import TerraformPolicy

check = TerraformPolicy(
    "HDP_NO_WHOLE_POOL",
    "No role goes to all identities of a pool.",
    "Name one attribute's value: .../attribute.job/VALUE.",
    ANY_GRANT,
    refuse_members(r"workloadIdentityPools/.*/\*$|workloadIdentityPools/[^/]*$"),
)
