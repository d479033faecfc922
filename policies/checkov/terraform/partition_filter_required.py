"""A query that names no time is refused, instead of reading, and billing, everything.

A view or an external table has no partitions of its own.
"""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, is_on, is_present, worst

OTHERS = ("view", "materialized_view", "external_data_configuration")


def judge(block: Block) -> CheckResult:
    """A table is partitioned, and its filter required."""
    if any(block.find(other) for other in OTHERS):
        return PASSED
    parts = [*block.find("time_partitioning"), *block.find("range_partitioning")]
    return worst([is_present(parts), is_on(block.get("require_partition_filter"))])


check = TerraformPolicy(
    "HDP_PARTITION_FILTER_REQUIRED",
    "A table is partitioned, and a query has to say which part it wants.",
    "Add time_partitioning and require_partition_filter = true.",
    ["google_bigquery_table"],
    judge,
)
