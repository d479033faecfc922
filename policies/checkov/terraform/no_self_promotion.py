"""Nobody is given a role with which to give more: each of these leads to owner in one step."""

from grants import CONTAINERS, refuse_roles
from terraform_policy import TerraformPolicy

ROLES = (
    r"roles/(resourcemanager\.(project|folder|organization)(IamAdmin|Admin)"
    r"|iam\.(securityAdmin|roleAdmin|organizationRoleAdmin|admin)"
    r"|deploymentmanager\.editor|binaryauthorization\.policy(Admin|Editor))"
)

check = TerraformPolicy(
    "HDP_NO_SELF_PROMOTION",
    "No grant lets its holder change who may do what in a whole project.",
    "Let a person apply such changes, with rights of a short time.",
    CONTAINERS,
    refuse_roles(ROLES),
)
