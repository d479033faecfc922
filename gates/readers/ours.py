"""What a gate of our own prints: `{"scanned": int, "findings": [{"rule", "level", ...}]}`."""

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError


def read(ended: Ended) -> Reading:
    """Read the findings as `Finding.as_dict` writes them."""
    answer = ended.json()
    try:
        found = [
            Finding(gate=ended.gate, **{**each, "level": Level(each["level"])})
            for each in answer["findings"]
        ]
        return Reading(findings=found, scanned=int(answer["scanned"]))
    except (LookupError, TypeError, ValueError) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
