"""A service has a limit: without one, whoever sends requests decides what you pay."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, UNKNOWN, has_hole, is_present, passes, worst


def judge(block: Block) -> CheckResult:
    """`max_instance_count` of the template, or of the service."""
    scalings = [*block.find("template", "scaling"), *block.find("scaling")]
    found = [_judge_one(s.get("max_instance_count")) for s in scalings]
    return worst([is_present(scalings), min(found, key=_doubt, default=FAILED)])


def _doubt(verdict: CheckResult) -> int:
    """One limit is enough, so the best verdict counts."""
    return {"PASSED": 0, "UNKNOWN": 1}.get(verdict.name, 2)


def _judge_one(limit: object) -> CheckResult:
    return UNKNOWN if has_hole(limit) else passes(isinstance(limit, int) and limit > 0)


check = TerraformPolicy(
    "HDP_SERVICE_BOUNDED",
    "A service has a largest number of instances.",
    "Set max_instance_count in the template's scaling.",
    ["google_cloud_run_v2_service"],
    judge,
)
