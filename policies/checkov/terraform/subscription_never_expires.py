"""An idle subscription stays. By default Google deletes it, and what it holds, after 31 days.

Source: https://cloud.google.com/pubsub/docs/subscription-properties#expiration_period
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import UNKNOWN, has_hole, is_present, passes, worst


def judge(block: Block) -> CheckResult:
    """`ttl = ""` means never."""
    policies = block.find("expiration_policy")
    return worst([is_present(policies), *(_judge_one(p.get("ttl")) for p in policies)])


def _judge_one(ttl: object) -> CheckResult:
    return UNKNOWN if has_hole(ttl) else passes(ttl == "")


check = TerraformPolicy(
    "HDP_SUBSCRIPTION_NEVER_EXPIRES",
    "A subscription that nobody uses for a while is not deleted.",
    'Add expiration_policy { ttl = "" }.',
    ["google_pubsub_subscription"],
    judge,
)
