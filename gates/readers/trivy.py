"""The report of `python -m gates.trivy --json`."""

from typing import Any

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError

LEVELS = {"CRITICAL": Level.ERROR, "HIGH": Level.ERROR, "MEDIUM": Level.WARNING}


def read(ended: Ended) -> Reading:
    """Read what is open; what the register accepts is a note, since it has its own expiry."""
    answer = ended.json()
    try:
        findings = answer["findings"]
        found = [_finding(ended, each) for each in findings if not each["accepted"]]
        scanned = sum(int(count) for count in answer["seen"].values())
        accepted = [f"accepted: {e['id']} of {e['subject']}" for e in findings if e["accepted"]]
        notes = [*map(str, answer["notes"]), *accepted]
    except (LookupError, TypeError, AttributeError, ValueError) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
    return Reading(findings=found, scanned=scanned, notes=notes)


def _finding(ended: Ended, each: dict[str, Any]) -> Finding:
    title = each["title"] or each["id"]
    status = "" if each["status"] == "open" else f": {each['status']}"
    return Finding(
        gate=ended.gate,
        rule=each["id"],
        level=LEVELS.get(each["severity"], Level.ERROR),
        path=each["path"],
        line=each["line"],
        message=f"{each['subject']} {each['installed']}".strip() + f": {title}{status}",
        fix=each["fix"] or (f"take {each['fixed']}" if each["fixed"] else ""),
    )
