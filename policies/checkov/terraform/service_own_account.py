"""A service has an account of its own: Compute Engine's is shared, and may be editor."""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, is_given, worst

SHARED = (
    r"(-compute@developer|@appspot|@cloudservices)\.gserviceaccount\.com"
    r"|google_(compute|app_engine)_default_service_account"
)


def judge(block: Block) -> CheckResult:
    """The template's `service_account`; a job's lies one template deeper."""
    templates = block.find("template", "template") or block.find("template")
    return worst(_judge_one(t.get("service_account")) for t in templates)


def _judge_one(account: object) -> CheckResult:
    return FAILED if re.search(SHARED, str(account)) else is_given(account)


check = TerraformPolicy(
    "HDP_SERVICE_OWN_ACCOUNT",
    "A service runs as an account of its own.",
    "Set service_account to an account that this service alone uses.",
    ["google_cloud_run_v2_service", "google_cloud_run_v2_job", "google_cloud_run_v2_worker_pool"],
    judge,
)
