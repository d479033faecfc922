"""Ruff's SARIF, of `check` and of `format --check`; its log tells how many files it read."""

import re
from collections.abc import Iterator
from dataclasses import replace

from gates.finding import Finding
from gates.readers import sarif
from gates.readers.reading import Ended, Reading, ReportError

COUNT = re.compile(r"\[DEBUG\] (?:Checked|Formatted) (\d+) files? in")
UNFORMATTED = "unformatted"


def read(ended: Ended) -> Reading:
    """Read what `--verbose` says, too: configuration may leave a file out."""
    counts = COUNT.findall(ended.err)
    if len(counts) != 1:
        raise ReportError("its log does not tell how many files it read")
    return Reading(findings=tuple(_findings(ended)), scanned=int(counts[0]))


def _findings(ended: Ended) -> Iterator[Finding]:
    for finding in sarif.findings(ended, sarif.run(ended)):
        yield replace(finding, fix="make format") if finding.rule == UNFORMATTED else finding
