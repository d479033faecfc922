"""zizmor's JSON; its SARIF would come with exit status 0 whatever it found."""

import re
from typing import Any

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError, seen

LEVELS = {
    "Informational": Level.NOTE,
    "Low": Level.WARNING,
    "Medium": Level.WARNING,
    "High": Level.ERROR,
}
COMPLETED = re.compile(r"completed (.+)$", re.MULTILINE)


def read(ended: Ended) -> Reading:
    """Read all findings; its log names each file that it completed."""
    try:
        found = [_finding(ended, each) for each in ended.items() if not each["ignored"]]
    except (LookupError, TypeError, StopIteration) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
    return Reading(findings=found, scanned=seen(ended, COMPLETED.findall(ended.err)))


def _finding(ended: Ended, each: dict[str, Any]) -> Finding:
    places = each["locations"]
    # The place to look at is the primary one; related ones only explain.
    place = next((p for p in places if p["symbolic"]["kind"] == "Primary"), places[0])
    return Finding(
        gate=ended.gate,
        rule=each["ident"],
        level=LEVELS[each["determinations"]["severity"]],
        path=ended.relative(place["symbolic"]["key"]["Local"]["verbatim_path"]),
        line=place["concrete"]["location"]["start_point"]["row"] + 1,
        message=f"{each['desc']}: {place['symbolic']['annotation']}",
        fix=each["url"],
    )
