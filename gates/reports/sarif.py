"""One SARIF 2.1.0 log a gate, for code scanning; a gate that could not judge says so in it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sarif_pydantic import Sarif

from gates.finding import Finding
from gates.outcome import Outcome, Status

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST = 5000
"""Results that GitHub keeps of a run; the worst come first."""
ORDER = ("error", "warning", "note")


def render(outcome: Outcome) -> str:
    """Write a gate's outcome; the library checks its shape."""
    findings = sorted(outcome.findings, key=lambda each: ORDER.index(each.level))[:MOST]
    run = {
        "tool": {"driver": _driver(outcome, findings)},
        "automationDetails": {"id": f"gates/{outcome.gate}/"},
        "invocations": [_invocation(outcome)],
        "results": [_result(each) for each in findings],
    }
    log = Sarif.model_validate({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    return str(log.model_dump_json(by_alias=True, exclude_unset=True, indent=2))


def _driver(outcome: Outcome, findings: list[Finding]) -> Mapping[str, Any]:
    rules = {
        each.rule: {"id": each.rule, "shortDescription": {"text": each.rule}} for each in findings
    }
    for each in findings:
        if each.fix:
            rules[each.rule]["help"] = {"text": each.fix}
    return {
        "name": outcome.gate,
        "version": outcome.version or "unknown",
        "rules": list(rules.values()),
    }


def _invocation(outcome: Outcome) -> Mapping[str, Any]:
    if outcome.status is not Status.BROKEN:
        return {"executionSuccessful": True}
    note = {"level": "error", "message": {"text": outcome.reason}}
    return {"executionSuccessful": False, "toolExecutionNotifications": [note]}


def _result(each: Finding) -> Mapping[str, Any]:
    result: dict[str, Any] = {
        "ruleId": each.rule,
        "level": each.level.value,
        "message": {"text": each.message},
    }
    if each.path:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(each.path)}}
        if each.line:
            place["region"] = {"startLine": each.line}
        result["locations"] = [{"physicalLocation": place}]
    if each.waived:
        result["suppressions"] = [{"kind": "external", "justification": each.waived}]
    return result
