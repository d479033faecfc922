"""A message that cannot be delivered goes somewhere, instead of being tried until it expires."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from dead_letters import find_topics, point_at
from terraform_policy import TerraformPolicy
from verdicts import PASSED, UNKNOWN, is_given, is_present, worst


def judge(block: Block) -> CheckResult:
    """A policy with a topic. The subscription that keeps dead letters needs none."""
    topics = [topic for s in block.siblings(block.kind) for topic in find_topics(s)]
    keeps = {point_at(str(block.get("topic")), topic) for topic in topics}
    if PASSED in keeps:
        return PASSED
    policies = block.find("dead_letter_policy")
    named = (is_given(p.get("dead_letter_topic")) for p in policies)
    verdict = worst([is_present(policies), *named])
    return UNKNOWN if UNKNOWN in keeps and not policies else verdict


check = TerraformPolicy(
    "HDP_DEAD_LETTER_DECLARED",
    "What a subscription cannot deliver becomes a dead letter.",
    "Add dead_letter_policy with a topic that a subscription keeps.",
    ["google_pubsub_subscription"],
    judge,
)
