"""hadolint's SARIF."""

from gates.finding import Level
from gates.readers import sarif
from gates.readers.reading import Ended, Reading, ReportError

UNREADABLE = "DL1000"


def read(ended: Ended) -> Reading:
    """Trust that it read each file it was given: it ends with an error otherwise."""
    found = tuple(sarif.findings(ended, sarif.run(ended)))
    if wrong := [each for each in found if each.rule == UNREADABLE and each.level is Level.ERROR]:
        raise ReportError(f"it could not parse {wrong[0].place}: {wrong[0].message}")
    return Reading(findings=found, scanned=len(ended.files))
