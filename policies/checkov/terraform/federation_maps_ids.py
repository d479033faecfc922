"""What grants are bound to holds the repository's number: a name or a `sub` can be taken over.

Whoever administers a repository decides what its `sub` says.
Source: https://docs.github.com/en/actions/reference/security/oidc
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from federation import PROVIDER, for_github, judge_mapping
from terraform_policy import TerraformPolicy
from verdicts import UNKNOWN, has_hole, passes

IDS = ("assertion.repository_id", "assertion.repository_owner_id", "assertion.actor_id")


def judge(provider: Block) -> CheckResult:
    """Each attribute, and the subject."""
    return judge_mapping(provider, _judge_one)


def _judge_one(_: str, source: str) -> CheckResult:
    held = any(claim in source for claim in IDS)
    return UNKNOWN if has_hole(source) and not held else passes(held)


check = TerraformPolicy(
    "HDP_FEDERATION_MAPS_IDS",
    "Every mapped attribute of a GitHub token holds a numeric id.",
    "Begin it with assertion.repository_id + ':' instead of a name or assertion.sub alone.",
    PROVIDER,
    for_github(judge),
)
