"""SARIF 2.1.0, which several tools print; source: the OASIS standard of that name."""

from collections.abc import Iterator
from urllib.parse import unquote

from pydantic import ValidationError
from sarif_pydantic import Result, Run, Sarif

from gates.finding import Finding, Level
from gates.readers.reading import Ended, ReportError

TROUBLES = ("toolExecutionNotifications", "toolConfigurationNotifications")
UNSAID = "warning"
"""The level of a result whose tool gives none, section 3.27.10."""


def run(ended: Ended) -> Run:
    """Read the one run of a log whose tool says that it had no trouble."""
    try:
        log = Sarif.model_validate_json(ended.out)
    except ValidationError as exc:
        raise ReportError(f"it printed no SARIF ({exc.error_count()} faults)") from None
    if len(log.runs) != 1:
        raise ReportError(f"it printed {len(log.runs)} SARIF runs instead of one")
    # Section 3.14.23: without them the tool could not even begin to look.
    if log.runs[0].results is None:
        raise ReportError("its SARIF has no results: it did not judge")
    for invocation in log.runs[0].invocations or ():
        # The library knows the standard's two lists of troubles only as extras.
        extras = invocation.model_extra or {}
        if wrong := [str(each) for name in TROUBLES for each in extras.get(name) or ()]:
            raise ReportError(f"it could not read everything: {wrong[0]}")
        if not invocation.execution_successful:
            raise ReportError("it says that it did not succeed")
    return log.runs[0]


def findings(ended: Ended, log: Run) -> Iterator[Finding]:
    """Read all results of a run."""
    rules = {each.id: each for each in log.tool.driver.rules or ()}
    for result in log.results or ():
        if not result.rule_id:
            raise ReportError("a SARIF result names no rule")
        rule = rules.get(result.rule_id)
        path, line = _place(ended, result)
        yield Finding(
            gate=ended.gate,
            rule=result.rule_id,
            level=_level(result),
            path=path,
            line=line,
            message=result.message.text or "",
            fix=(rule.help_uri or "") if rule else "",
        )


def _level(result: Result) -> Level:
    given = result.level if "level" in result.model_fields_set and result.level else UNSAID
    try:
        return Level(getattr(given, "value", given))
    except ValueError:
        raise ReportError(f"a SARIF result has the level {given!r}") from None


def _place(ended: Ended, result: Result) -> tuple[str, int]:
    """Take the first location; there may be none."""
    for location in result.locations or ():
        physical = location.physical_location
        if physical and physical.artifact_location and physical.artifact_location.uri:
            line = physical.region.start_line if physical.region else 0
            return ended.relative(_path(physical.artifact_location.uri)), line or 0
    return "", 0


def _path(uri: str) -> str:
    """Read a reference to a file, `file:///a%20b` or `a%20b`."""
    return unquote(uri.removeprefix("file://"))
