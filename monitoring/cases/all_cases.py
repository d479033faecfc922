"""All cases, by alert."""

from monitoring import objectives
from monitoring.cases import api, ingest, promises, security
from monitoring.cases.case import Case


def by_alert() -> dict[str, list[Case]]:
    """Find the cases of an alert, in the order of the tables."""
    found: dict[str, list[Case]] = {}
    every = [*api.CASES, *ingest.CASES, *security.CASES, *promises.cases(objectives.read())]
    for case in every:
        found.setdefault(case.alert, []).append(case)
    return found
