# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""Which jobs hold something worth stealing: an identity, or a secret."""

import re
from collections.abc import Callable

from checkov.common.models.enums import CheckResult
from verdicts import PASSED
from workflow_policy import Yaml, entries, find_text

SECRET = re.compile(
    r"\$\{\{(?:(?!\}\}).)*?(?<![\w.-])secrets\b(?!\s*\.\s*GITHUB_TOKEN\b)",
    re.IGNORECASE | re.DOTALL,
)


def has_identity(job: Yaml) -> bool:
    """Whether the job may ask for an ID token, by its own permissions or by all of them."""
    permissions = job.get("permissions")
    if isinstance(permissions, str):
        return permissions == "write-all"
    return str(entries(permissions).get("id-token")).lower() == "write"


def has_secret(job: Yaml) -> bool:
    """Whether a secret besides GitHub's own token reaches the job."""
    return SECRET.search(find_text(job)) is not None or job.get("secrets") == "inherit"


def for_privileged(judge: Callable[[Yaml], CheckResult]) -> Callable[[Yaml], CheckResult]:
    """Judge the jobs that hold an identity or a secret; others may do as they like."""
    return lambda job: judge(job) if has_identity(job) or has_secret(job) else PASSED
