"""No secret stands in the code: it would be in the state, the plan and each revision."""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, UNKNOWN, has_hole, is_absent, worst

SECRET = re.compile(
    r"(^|_)(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS?)(_|$)", re.IGNORECASE
)


def judge(block: Block) -> CheckResult:
    """Each variable of each container."""
    variables = block.find("template", "containers", "env")
    return worst(_judge_one(v) for v in variables)


def _judge_one(variable: Block) -> CheckResult:
    name, value = str(variable.get("name")), variable.get("value")
    if has_hole(name) and value is not None:
        return UNKNOWN
    return is_absent(value) if SECRET.search(name) else PASSED


check = TerraformPolicy(
    "HDP_NO_SECRET_IN_ENVIRONMENT",
    "A service gets a secret from Secret Manager, not as a plain value.",
    "Use value_source { secret_key_ref { ... } } instead of value.",
    ["google_cloud_run_v2_service"],
    judge,
)
