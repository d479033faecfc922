"""Bandit's SARIF; its metrics name each file it read."""

from gates.readers import sarif
from gates.readers.reading import Ended, Reading, ReportError, seen


def read(ended: Ended) -> Reading:
    """Count a file only if there is a metric of it: one that is left out has none."""
    run = sarif.run(ended)
    metrics = (run.properties or {}).get("metrics")
    if not isinstance(metrics, dict):
        raise ReportError("its SARIF has no metrics")
    return Reading(findings=tuple(sarif.findings(ended, run)), scanned=seen(ended, metrics))
