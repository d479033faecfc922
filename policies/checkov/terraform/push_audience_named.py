"""A pushed token says whom it is for. Left out, it is the endpoint with its path."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_given, worst


def judge(block: Block) -> CheckResult:
    """The `audience` of each `oidc_token`."""
    tokens = block.find("push_config", "oidc_token")
    return worst(is_given(token.get("audience")) for token in tokens)


check = TerraformPolicy(
    "HDP_PUSH_AUDIENCE_NAMED",
    "A pushed token names the service that it is for.",
    "Set audience in oidc_token to what the service expects.",
    ["google_pubsub_subscription"],
    judge,
)
