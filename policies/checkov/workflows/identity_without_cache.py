"""A job with an identity or a secret restores no cache: a pull request may have filled it.

So TanStack's release got malware with valid provenance (CVE-2026-45321).
"""

import re

from checkov.common.models.enums import CheckResult
from privileges import for_privileged
from verdicts import FAILED, UNKNOWN, passes, worst
from workflow_policy import JOBS, WorkflowPolicy, Yaml, entries, is_expression, list_steps

CACHES = re.compile(
    r"^(actions/cache|mozilla-actions/sccache|swatinem/rust-cache)\b", re.IGNORECASE
)
SWITCH = re.compile(r"cache", re.IGNORECASE)
OFF = {"", "false", "none", "0"}


def judge(job: Yaml) -> CheckResult:
    """No caching action, and no input about caches that is on."""
    return worst(_judge_step(step) for step in list_steps(job))


def _judge_step(step: Yaml) -> CheckResult:
    if CACHES.match(str(step.get("uses"))):
        return FAILED
    given = [v for k, v in entries(step.get("with")).items() if SWITCH.search(str(k))]
    return worst(UNKNOWN if is_expression(v) else passes(str(v).lower() in OFF) for v in given)


check = WorkflowPolicy(
    "HDP_IDENTITY_WITHOUT_CACHE",
    "A job that holds an identity or a secret uses no cache.",
    "Cache in a job without id-token: write and without secrets.",
    JOBS,
    for_privileged(judge),
)
