# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""What the policies about federation share: a provider's condition and mapping, and whose it is."""

import re
from collections.abc import Callable

from blocks import Block
from checkov.common.models.enums import CheckResult
from expressions import HOLE
from verdicts import UNKNOWN, has_hole, worst

PROVIDER = ["google_iam_workload_identity_pool_provider"]
GITHUB = "https://token.actions.githubusercontent.com"


def read_condition(provider: Block) -> str:
    """The attribute condition in one line; holes inside of it stay."""
    return " ".join(str(provider.get("attribute_condition") or "").split())


def may_hide(condition: str) -> bool:
    """Whether a hole outside of quotes could be a whole part of the condition."""
    return has_hole(re.sub(r"'[^']*'", "", condition))


def for_github(judge: Callable[[Block], CheckResult]) -> Callable[[Block], CheckResult]:
    """Judge GitHub's providers. About another issuer's the rule knows nothing."""

    def judged(provider: Block) -> CheckResult:
        issuers = [str(oidc.get("issuer_uri")) for oidc in provider.find("oidc")]
        ours = any(GITHUB in issuer for issuer in issuers)
        return judge(provider) if ours else UNKNOWN

    return judged


def judge_mapping(provider: Block, judge: Callable[[str, str], CheckResult]) -> CheckResult:
    """Judge each entry as (attribute, expression); of a mere hole nobody knows anything."""
    mapping = provider.get("attribute_mapping")
    if not isinstance(mapping, dict):
        return UNKNOWN
    return worst(
        UNKNOWN if HOLE.fullmatch(str(source)) else judge(str(target).strip('"'), str(source))
        for target, source in mapping.items()
    )
