# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""Who gets which role: what `google_*_iam_member` and `google_*_iam_binding` have in common."""

import re
from collections.abc import Callable
from typing import Any

from blocks import Block
from checkov.common.models.enums import CheckResult
from verdicts import FAILED, PASSED, UNKNOWN, has_hole, passes, worst

ANY_GRANT = ["google_*_iam_member", "google_*_iam_binding"]
CONTAINERS = [
    f"google_{place}_iam_{kind}"
    for place in ("project", "folder", "organization")
    for kind in ("member", "binding")
]
"""Grants on a whole project or more: what they give reaches everything below."""


def list_members(block: Block) -> list[Any]:
    """Whom the grant names, one by one; a hole for a list that is not known."""
    return [*block.get_list("member"), *block.get_list("members")]


def refuse_roles(pattern: str) -> Callable[[Block], CheckResult]:
    """A judge that fails a grant whose role matches the pattern as a whole."""

    def judge(block: Block) -> CheckResult:
        role = block.get("role")
        if has_hole(role):
            return UNKNOWN
        return passes(not re.fullmatch(pattern, str(role), re.IGNORECASE))

    return judge


def refuse_members(pattern: str) -> Callable[[Block], CheckResult]:
    """A judge that fails a grant that surely names a member with the pattern in it.

    A hole hides nothing that its own text shows: `principalSet://⟦x⟧/*` ends like that anyway.
    """

    def judge(block: Block) -> CheckResult:
        return worst(_refuse(member, pattern) for member in list_members(block))

    return judge


def _refuse(member: Any, pattern: str) -> CheckResult:
    if re.search(pattern, str(member), re.IGNORECASE):
        return FAILED
    # Who begins as something else than a federated identity cannot become one.
    federated = re.match(r"(⟦|principal)", str(member))
    return UNKNOWN if has_hole(member) and federated else PASSED
