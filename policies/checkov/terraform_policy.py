# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""What all policies about Terraform share."""

from collections.abc import Callable, Sequence
from typing import Any

from blocks import Block, find_block
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class TerraformPolicy(BaseResourceCheck):
    """One rule about resources.

    Args:
        identifier: `HDP_` and the file's name in capitals.
        rule: what has to be so, as a sentence.
        fix: what to do where it is not.
        resources: types of resources, with `*` for any letters.
        judge: PASSED and FAILED with evidence, else UNKNOWN.
    """

    def __init__(
        self,
        identifier: str,
        rule: str,
        fix: str,
        resources: Sequence[str],
        judge: Callable[[Block], CheckResult],
    ) -> None:
        # The name is all of it that SARIF shows, so it says what to do as well.
        name, categories = f"{rule} {fix}", [CheckCategories.GENERAL_SECURITY]
        super().__init__(name, identifier, categories, resources, guideline=fix)
        self.judge = judge

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Find the block's own text, and judge it."""
        # Checkov keeps the file's name only as the first part of this.
        file = self.entity_path.split(f":{self.entity_type}:")[0]
        try:
            return self.judge(find_block(self.graph, str(conf.get("__address__", "")), file, conf))
        except Exception:
            # Checkov would take it for UNKNOWN, which lets everything through.
            self.logger.exception("%s broke off", self.id)
            return CheckResult.FAILED
