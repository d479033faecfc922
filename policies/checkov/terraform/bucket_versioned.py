"""An overwritten object comes back. CKV_GCP_78 also fails a bucket of what must soon be gone."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import FAILED, PASSED, UNKNOWN, is_on, is_present, worst

SHORT_DAYS = 7


def judge(block: Block) -> CheckResult:
    """Versions are kept, or objects are deleted within a week."""
    switches = block.find("versioning")
    kept = (is_on(s.get("enabled")) for s in switches)
    verdict = worst([is_present(switches), *kept])
    gone = [_is_short(rule) for rule in block.find("lifecycle_rule")]
    softer = PASSED if PASSED in gone else UNKNOWN if UNKNOWN in gone else FAILED
    return softer if verdict is FAILED else verdict


def _is_short(rule: Block) -> CheckResult:
    ages = [condition.get("age") for condition in rule.find("condition")]
    if rule.maybe or any(isinstance(age, str) for age in ages):
        return UNKNOWN
    deletes = any(action.get("type") == "Delete" for action in rule.find("action"))
    short = any(isinstance(age, int) and age <= SHORT_DAYS for age in ages)
    return PASSED if deletes and short else FAILED


check = TerraformPolicy(
    "HDP_BUCKET_VERSIONED",
    "A bucket keeps versions, unless its objects are deleted within a week.",
    "Add versioning { enabled = true }.",
    ["google_storage_bucket"],
    judge,
)
