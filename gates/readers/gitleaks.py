"""Gitleaks' JSON; its log tells how many commits it went through."""

import re
from typing import Any

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError

COMMITS = re.compile(r"(\d+) commits? scanned")


def read(ended: Ended) -> Reading:
    """Read where secrets are; never the secret, its match or its line."""
    counts = COMMITS.findall(ended.err)
    if len(counts) != 1:
        raise ReportError("its log does not tell how many commits it read")
    try:
        found = [_finding(ended, each) for each in ended.items()]
    except (LookupError, TypeError) as exc:
        raise ReportError(f"its JSON has another shape ({type(exc).__name__})") from None
    return Reading(findings=found, scanned=int(counts[0]))


def _finding(ended: Ended, each: dict[str, Any]) -> Finding:
    return Finding(
        gate=ended.gate,
        rule=each["RuleID"],
        level=Level.ERROR,
        path=ended.relative(each["File"]),
        line=int(each["StartLine"]),
        message=f"a secret in commit {str(each['Commit'])[:12]}",
        fix="Revoke it: whoever has the history has it. Then take it out of the file.",
    )
