"""Pub/Sub's agent may publish to the dead letter topic; without the grant nothing ever gets there.

Source: https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from dead_letters import find_topics, is_granted
from terraform_policy import TerraformPolicy
from verdicts import worst

KINDS = ("google_pubsub_topic_iam_member", "google_pubsub_topic_iam_binding")


def judge(block: Block) -> CheckResult:
    """A grant in the same folder as the subscription."""
    grants = [(grant, str(grant.get("topic"))) for grant in block.siblings(*KINDS)]
    role = "roles/pubsub.publisher"
    topics = find_topics(block)
    return worst(is_granted(grants, role, topic) for topic in topics)


check = TerraformPolicy(
    "HDP_DEAD_LETTER_PUBLISHER_GRANTED",
    "Pub/Sub's agent may publish to the dead letter topic.",
    "Grant it roles/pubsub.publisher on that topic.",
    ["google_pubsub_subscription"],
    judge,
)
