"""A policy document for `google_*_iam_policy` names no public member either; Checkov reads none."""

from blocks import Block, find_block
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.data.base_check import BaseDataCheck
from grants import list_members
from sources import Body
from verdicts import EVERYBODY, excludes, worst

RULE = "A policy document gives roles to named accounts alone."
FIX = "Name the accounts instead of allUsers or allAuthenticatedUsers."


class NoPublicPolicyDocument(BaseDataCheck):
    """The members of each `binding` block."""

    def __init__(self) -> None:
        name, categories = f"{RULE} {FIX}", [CheckCategories.GENERAL_SECURITY]
        super().__init__(name, "HDP_NO_PUBLIC_POLICY_DOCUMENT", categories, ["google_iam_policy"])
        self.guideline = FIX

    def scan_data_conf(self, conf: Body) -> CheckResult:
        """Judge all bindings together."""
        file = self.entity_path.split(":google_iam_policy:")[0]
        block = find_block(self.graph, str(conf.get("__address__", "")), file, conf)
        return worst(_judge(binding) for binding in block.find("binding"))


def _judge(binding: Block) -> CheckResult:
    return excludes(list_members(binding), EVERYBODY)


check = NoPublicPolicyDocument()
