"""The alert rules of rules.yaml as types: a Prometheus rule file, with what we ask of one more.

Source: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

PATH = Path(__file__).with_name("rules.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Labels(_Part):
    """Whom it is for, and of which promise it is."""

    severity: Literal["page", "ticket"]
    slo: str | None = None


class Annotations(_Part):
    """What a person reads."""

    summary: str
    runbook: str = Field(pattern=r"^docs/runbooks/[a-z-]+\.md$")


class Rule(_Part):
    """One alert."""

    alert: str = Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")
    """Cloud Monitoring takes only what can be a label's name."""
    expr: str
    for_: str = Field(alias="for", pattern=r"^[0-9]+[smh]$")
    labels: Labels
    annotations: Annotations


class Group(_Part):
    """Rules that are evaluated together."""

    name: str = Field(pattern=r"^[a-z_]+$")
    interval: str = Field(pattern=r"^[0-9]+s$")
    rules: list[Rule]


class RuleFile(_Part):
    """The whole file."""

    groups: list[Group]

    @property
    def rules(self) -> list[Rule]:
        """All rules, in their order."""
        return [rule for group in self.groups for rule in group.rules]


def read(path: Path = PATH) -> RuleFile:
    """Read the rules.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or impossible.
    """
    return parse(path.read_text("utf-8"))


def parse(text: str) -> RuleFile:
    """Read the rules from a text; raises as `read` does."""
    return RuleFile.model_validate(yaml.safe_load(text))
