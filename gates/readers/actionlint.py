"""actionlint's `-format '{{json .}}'`; its log tells how many files it linted."""

import re

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError, seen

LINTED = re.compile(r"Found total \d+ errors? in \d+ ms for (.+)$", re.MULTILINE)
DOCS = "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"


def read(ended: Ended) -> Reading:
    """Read what `-verbose` adds to standard error, too."""
    try:
        found = [
            Finding(
                gate=ended.gate,
                rule=each["kind"],
                level=Level.ERROR,
                path=ended.relative(each["filepath"]),
                line=each["line"],
                message=each["message"],
                fix=DOCS,
            )
            for each in ended.items()
        ]
    except (LookupError, TypeError) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
    return Reading(findings=found, scanned=seen(ended, LINTED.findall(ended.err)))
