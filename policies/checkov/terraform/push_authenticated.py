"""Pub/Sub pushes with a named account's token; without one, the service lets everybody in."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_given, is_present, worst


def judge(block: Block) -> CheckResult:
    """The `oidc_token` of each `push_config`. A subscription that pulls has none."""
    return worst(_judge_one(push) for push in block.find("push_config"))


def _judge_one(push: Block) -> CheckResult:
    tokens = push.find("oidc_token")
    named = (is_given(t.get("service_account_email")) for t in tokens)
    return worst([is_present(tokens), *named])


check = TerraformPolicy(
    "HDP_PUSH_AUTHENTICATED",
    "Pub/Sub pushes with an ID token of a named account.",
    "Add oidc_token with service_account_email.",
    ["google_pubsub_subscription"],
    judge,
)
