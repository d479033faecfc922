"""ShellCheck's `json1`."""

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError

LEVELS = {
    "error": Level.ERROR,
    "warning": Level.WARNING,
    "info": Level.NOTE,
    "style": Level.NOTE,
}


def read(ended: Ended) -> Reading:
    """Trust that it read each file it was given: it ends with status 2 otherwise."""
    try:
        found = [
            Finding(
                gate=ended.gate,
                rule=f"SC{each['code']}",
                level=LEVELS[each["level"]],
                path=ended.relative(each["file"]),
                line=each["line"],
                message=each["message"],
                fix=f"https://www.shellcheck.net/wiki/SC{each['code']}",
            )
            for each in ended.json()["comments"]
        ]
    except (LookupError, TypeError) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
    return Reading(findings=found, scanned=len(ended.files))
