"""From OSV records to the rows of Trivy's database; no I/O here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gates.advisories import versions

SEVERITIES = {"LOW": 1, "MODERATE": 2, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}
"""GitHub's words, and Trivy's numbers."""
ASSUMED = 3
"""HIGH, where a record has no word for it: what nobody rated must not pass for mild."""
DEBIAN = "Debian:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One vulnerability of one package."""

    source: str
    """`pip`, or a release as in `debian 13`."""
    package: str
    """For Debian, the source package."""
    id: str
    """A CVE's where it has one, as Trivy itself calls it."""
    vulnerable: tuple[str, ...] = ()
    """Specifiers, one of which an affected version satisfies; an empty one is satisfied by all."""
    fixed: str = ""
    """For Debian, the first version without it; empty where there is none."""
    severity: int = 0
    """1 low to 4 critical; 0 where no record says."""
    title: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Under which Trivy finds it."""
        return self.source, self.package, self.id


def rows(records: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Make a row of each vulnerability and package; several records of one are joined."""
    known: dict[tuple[str, str, str], Row] = {}
    for record in records:
        for row in (*_python(record), *_debian(record)):
            known[row.key] = _joined(known[row.key], row) if row.key in known else row
    return [replace(row, severity=row.severity or ASSUMED) for row in known.values()]


def _joined(one: Row, other: Row) -> Row:
    return replace(
        one,
        vulnerable=tuple(dict.fromkeys((*one.vulnerable, *other.vulnerable))),
        # Of two answers for Debian the one without a fix: it never says too little.
        fixed=one.fixed if one.fixed == other.fixed else "",
        severity=max(one.severity, other.severity),
    )


def _python(record: Mapping[str, Any]) -> Iterator[Row]:
    for name, spans in versions.affected(record):
        specifiers = tuple(text for span in spans for text in span.specifiers)
        yield Row(source="pip", package=name, vulnerable=specifiers, **_common(record))


def _debian(record: Mapping[str, Any]) -> Iterator[Row]:
    for each in record["affected"]:
        package = each.get("package", {"ecosystem": ""})
        if package["ecosystem"].startswith(DEBIAN):
            source = "debian " + package["ecosystem"].removeprefix(DEBIAN)
            events = [event for known in each.get("ranges") or () for event in known["events"]]
            fixes = [event["fixed"] for event in events if "fixed" in event]
            # Which of several fixes is the last, only Debian's order could tell.
            fixed = fixes[0] if len(fixes) == 1 else ""
            yield Row(source=source, package=package["name"], fixed=fixed, **_common(record))


def _common(record: Mapping[str, Any]) -> dict[str, Any]:
    names = (record["id"], *(record.get("aliases") or ()), *(record.get("upstream") or ()))
    word = str((record.get("database_specific") or {}).get("severity", "")).upper()
    return {
        "id": next((name for name in names if name.startswith("CVE-")), record["id"]),
        "severity": SEVERITIES.get(word, 0),
        "title": str(record.get("summary") or record["id"]),
    }
