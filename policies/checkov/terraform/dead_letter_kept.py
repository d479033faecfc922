"""The dead letter topic has a subscription: a topic without one forgets each message at once."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from dead_letters import find_topics, point_at
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN, worst


def judge(block: Block) -> CheckResult:
    """Another subscription in the same folder."""
    others = [s for s in block.siblings(block.kind) if s.name != block.name]
    kept = [str(other.get("topic")) for other in others]
    return worst(_is_kept(kept, topic) for topic in find_topics(block))


def _is_kept(kept: list[str], topic: str) -> CheckResult:
    found = {point_at(place, topic) for place in kept}
    return PASSED if PASSED in found else UNKNOWN if UNKNOWN in found else FAILED


check = TerraformPolicy(
    "HDP_DEAD_LETTER_KEPT",
    "A subscription keeps the dead letters.",
    "Add a subscription without an end to the dead letter topic.",
    ["google_pubsub_subscription"],
    judge,
)
