"""Who may open a dataset is written out.

Left out, BigQuery gives every reader, writer and owner of the project theirs; a special group does
the same, or lets in everybody with a Google account. CKV_GCP_15 misses all but the last.
Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset.FIELDS.access
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import EVERYBODY, excludes, is_absent, is_present, worst


def judge(block: Block) -> CheckResult:
    """The `access` blocks of a dataset, or the one access that a resource adds."""
    if block.kind == "google_bigquery_dataset_access":
        return _judge_one(block)
    accesses = block.find("access")
    return worst([is_present(accesses), *(_judge_one(a) for a in accesses)])


def _judge_one(access: Block) -> CheckResult:
    group = is_absent(access.get("special_group"))
    return worst([group, excludes([access.get("iam_member")], EVERYBODY)])


check = TerraformPolicy(
    "HDP_DATASET_ACCESS_NAMED",
    "A dataset's access is written out and names no special group.",
    "Give `access` blocks with group_by_email or user_by_email.",
    ["google_bigquery_dataset", "google_bigquery_dataset_access"],
    judge,
)
