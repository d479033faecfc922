"""A job with an ID token or a secret runs in an environment, which says who may start it."""

from checkov.common.models.enums import CheckResult
from privileges import for_privileged
from verdicts import PASSED, UNKNOWN, passes
from workflow_policy import JOBS, WorkflowPolicy, Yaml, entries, is_expression


def judge(job: Yaml) -> CheckResult:
    """`environment`, as a name or as a mapping. A called workflow's jobs have their own."""
    if "uses" in job:
        return PASSED
    given = job.get("environment")
    name = entries(given).get("name") if isinstance(given, dict) else given
    return UNKNOWN if is_expression(name) else passes(bool(name))


check = WorkflowPolicy(
    "HDP_IDENTITY_IN_ENVIRONMENT",
    "A job that holds an identity or a secret runs in a protected environment.",
    "Add environment: NAME, and restrict NAME to main.",
    JOBS,
    for_privileged(judge),
)
