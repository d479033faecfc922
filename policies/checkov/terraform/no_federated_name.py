"""A grant to a federated identity goes by numbers: names of repositories change hands."""

from grants import ANY_GRANT, refuse_members
from terraform_policy import TerraformPolicy

NAMES = r"(repository|repository_owner|actor|environment|ref|sub|workflow|aud)"

check = TerraformPolicy(
    "HDP_NO_FEDERATED_NAME",
    "No role goes to a subject or to a name that somebody else can take.",
    "Use an attribute that begins with the repository's numeric id.",
    ANY_GRANT,
    refuse_members(rf"workloadIdentityPools/.*/(subject/|attribute\.{NAMES}/)"),
)
