"""Checkov's JSON: one report a framework, or one alone where there is but one."""

import re
from collections.abc import Iterator
from typing import Any

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError

EACH = {
    "dockerfile": re.compile(r"(.*/)?(.*\.)?Dockerfile(\..+)?"),
    # Our policies' framework: `github_actions` is silent about a workflow that its schema refuses.
    "yaml": re.compile(r"\.github/workflows/[^/]+\.ya?ml"),
}
"""Files of which a framework has to have judged each one."""
TERRAFORM = re.compile(r".*\.tf")
OURS = "HDP_"
"""How the ids of our own policies begin."""
OURS_IN = ("terraform", "yaml")


def read(ended: Ended) -> Reading:
    """Read all failed checks; a framework whose files are there must have looked at them."""
    answer = ended.json()
    try:
        reports = {each["check_type"]: each for each in _reports(answer)}
        _complain(ended, reports)
        found = [finding for each in reports.values() for finding in _findings(ended, each)]
        scanned = sum(_scanned(each) for each in reports.values())
    except (LookupError, TypeError, ValueError) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
    return Reading(findings=found, scanned=scanned)


def _reports(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, dict) and "check_type" not in answer:
        # What it prints when it found nothing to look at.
        return []
    return answer if isinstance(answer, list) else [answer]


def _scanned(report: dict[str, Any]) -> int:
    return sum(int(report["summary"][key]) for key in ("passed", "failed"))


def _complain(ended: Ended, reports: dict[str, dict[str, Any]]) -> None:
    """Refuse a report in which something is missing, or could not be parsed."""
    for name, pattern in EACH.items():
        wanted = {path for path in ended.files if pattern.fullmatch(path)}
        judged = {_path(ended, each) for each in _answers(reports.get(name))}
        if left_out := sorted(wanted - judged):
            raise ReportError(f"its framework {name} did not look at {', '.join(left_out)}")
    if any(map(TERRAFORM.fullmatch, ended.files)) and not _answers(reports.get("terraform")):
        raise ReportError("there is Terraform, and it looked at none")
    for name in OURS_IN:
        ran = {str(each["check_id"]) for each in _answers(reports.get(name))}
        if ran and not any(each.startswith(OURS) for each in ran):
            raise ReportError(f"none of our own {name} policies ran; is policies/checkov there?")
    for name, report in reports.items():
        if report["summary"]["parsing_errors"]:
            wrong = [ended.relative(each) for each in report["results"]["parsing_errors"]]
            raise ReportError(f"it could not parse {name}: {', '.join(wrong)}")


def _answers(report: dict[str, Any] | None) -> list[dict[str, Any]]:
    """List all checks of a framework that came to an answer."""
    results = report["results"] if report else {}
    return [*results.get("passed_checks", ()), *results.get("failed_checks", ())]


def _path(ended: Ended, check: dict[str, Any]) -> str:
    return ended.relative(check["repo_file_path"]).lstrip("/")


def _findings(ended: Ended, report: dict[str, Any]) -> Iterator[Finding]:
    for each in report["results"]["failed_checks"]:
        yield Finding(
            gate=ended.gate,
            rule=each["check_id"],
            level=Level.ERROR,
            path=_path(ended, each),
            line=int(each["file_line_range"][0]),
            message=f"{each['resource']}: {each['check_name']}",
            fix=each.get("guideline") or "",
        )
