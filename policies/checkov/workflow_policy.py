# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""What all policies about GitHub's workflows and composite actions share.

They run in Checkov's yaml framework. Its github_actions framework reads no composite action, and
says nothing about a workflow that its own, older schema refuses (`attestations: write` is enough):
such a workflow would pass unread.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.yaml_doc.base_yaml_check import BaseYamlCheck
from checkov.yaml_doc.enums import BlockType

Yaml = dict[str, Any]
DOCUMENT = ["*"]
JOBS = ["jobs"]
STEPS = ["jobs.*.steps[]", "runs.steps[]"]
"""Steps of workflows, and of composite actions."""
WORKFLOW = re.compile(r"(^|/)\.github/workflows/[^/]+\.ya?ml$")
ACTION = re.compile(r"(^|/)action\.ya?ml$")


class WorkflowPolicy(BaseYamlCheck):
    """One rule about workflows.

    Args:
        identifier: `HDP_` and the file's name in capitals.
        rule: what has to be so, as a sentence.
        fix: what to do where it is not.
        parts: DOCUMENT, JOBS, STEPS or two of them; each part gets a verdict of its own.
        judge: PASSED and FAILED with evidence, else UNKNOWN.
    """

    def __init__(
        self,
        identifier: str,
        rule: str,
        fix: str,
        parts: Sequence[str],
        judge: Callable[[Yaml], CheckResult],
    ) -> None:
        kind = BlockType.DOCUMENT if parts == DOCUMENT else BlockType.ARRAY
        name, categories = f"{rule} {fix}", [CheckCategories.SUPPLY_CHAIN]
        super().__init__(name, identifier, categories, parts, kind)
        self.guideline = fix
        self.judge = judge

    def scan_entity_conf(self, conf: Any, entity_type: str) -> tuple[CheckResult, Any]:
        """Judge a workflow, a composite action, or a part of one, and no other YAML."""
        file = self.entity_path.split(f":{entity_type}:")[0]
        ours = WORKFLOW.search(file) or ACTION.search(file)
        if not isinstance(conf, dict) or not ours:
            return CheckResult.UNKNOWN, conf
        try:
            return self.judge(conf), conf
        except Exception:
            # Checkov would take it for UNKNOWN, which lets everything through.
            self.logger.exception("%s broke off", self.id)
            return CheckResult.FAILED, conf


def entries(mapping: Any) -> Yaml:
    """A mapping's entries without Checkov's line numbers; {} for anything else."""
    if not isinstance(mapping, dict):
        return {}
    return {k: v for k, v in mapping.items() if not str(k).startswith("__")}


def list_steps(job: Yaml) -> list[Yaml]:
    """The job's steps that are mappings."""
    return [step for step in job.get("steps") or [] if isinstance(step, dict)]


def find_text(part: Any) -> str:
    """All keys and values of a part as one text, to search in."""
    if isinstance(part, dict):
        return "\n".join(f"{key}: {find_text(value)}" for key, value in entries(part).items())
    if isinstance(part, list):
        return "\n".join(find_text(item) for item in part)
    return str(part)


def is_expression(value: Any) -> bool:
    """Whether GitHub computes the value, so that nobody can read it here."""
    return isinstance(value, str) and "${{" in value
