"""Pub/Sub's agent may take a dead letter out of its subscription; else the message is delivered on.

Source: https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from dead_letters import find_topics, is_granted
from expressions import make_hole
from terraform_policy import TerraformPolicy
from verdicts import PASSED

KINDS = ("google_pubsub_subscription_iam_member", "google_pubsub_subscription_iam_binding")


def judge(block: Block) -> CheckResult:
    """A grant in the same folder, which speaks of the subscription's resource or of its name."""
    grants = [(grant, str(grant.get("subscription"))) for grant in block.siblings(*KINDS)]
    here = (make_hole(f"{block.kind}.{block.name}.name"), str(block.get("name")))
    found = [is_granted(grants, "roles/pubsub.subscriber", place) for place in here]
    return PASSED if PASSED in found or not find_topics(block) else found[0]


check = TerraformPolicy(
    "HDP_DEAD_LETTER_SUBSCRIBER_GRANTED",
    "Pub/Sub's agent may take dead letters out of the subscription.",
    "Grant it roles/pubsub.subscriber on this subscription.",
    ["google_pubsub_subscription"],
    judge,
)
