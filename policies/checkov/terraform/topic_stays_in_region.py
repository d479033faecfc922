"""Messages are stored in named regions; without a policy, in the one nearest to the publisher."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_given, is_present, worst


def judge(block: Block) -> CheckResult:
    """At least one region in `message_storage_policy`."""
    policies = block.find("message_storage_policy")
    named = (is_given(p.get("allowed_persistence_regions")) for p in policies)
    return worst([is_present(policies), *named])


check = TerraformPolicy(
    "HDP_TOPIC_STAYS_IN_REGION",
    "A topic says where its messages are stored.",
    "Add message_storage_policy with allowed_persistence_regions.",
    ["google_pubsub_topic"],
    judge,
)
