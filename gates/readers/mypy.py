"""mypy's text: unlike its JSON it tells how many files it read."""

import re

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError

LINE = re.compile(
    r"(?P<path>.+?):(?P<line>\d+): (?P<kind>error|note): (?P<text>.*?)(?:  \[(?P<rule>[a-z-]+)\])?"
)
END = re.compile(
    r"Success: no issues found in (\d+) source files?"
    r"|Found \d+ errors? in \d+ files? \(checked (\d+) source files?\)"
)
DOCS = "https://mypy.readthedocs.io/en/stable/_refs.html#code-"


def read(ended: Ended) -> Reading:
    """Read every line, the last one as the count; a note only explains the error before it."""
    *lines, last = ended.out.strip().splitlines() or [""]
    end = END.fullmatch(last)
    if end is None:
        raise ReportError(f"its last line is no count: {last or ended.err.strip()[-200:]!r}")
    found = [finding for line in lines if (finding := _finding(ended, line))]
    return Reading(findings=found, scanned=int(end[1] or end[2]))


def _finding(ended: Ended, line: str) -> Finding | None:
    match = LINE.fullmatch(line)
    if match is None:
        raise ReportError(f"a line of its report has another shape: {line!r}")
    if match["kind"] == "note":
        return None
    return Finding(
        gate=ended.gate,
        rule=match["rule"] or "misc",
        level=Level.ERROR,
        path=ended.relative(match["path"]),
        line=int(match["line"]),
        message=match["text"],
        fix=DOCS + (match["rule"] or "misc"),
    )
