"""The register of accepted vulnerabilities: who says so, why, with what proof, until when."""

import json
import tomllib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gates.trivy.report import Finding, GateError, Report

LONGEST = timedelta(days=90)
STATUSES = {
    "not_affected": "impact_statement",
    "affected": "action_statement",
    "under_investigation": "status_notes",
}
"""OpenVEX's words, and its word for the reason of each."""
JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""OpenVEX's, https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted vulnerability of one package."""

    id: str
    package: str
    """A package URL; a version or qualifiers narrow it."""
    image: str
    """An image's name, or `*` for all of them."""
    status: str
    justification: str = ""
    reason: str
    evidence: str
    added: date
    expires: date

    def complaints(self, today: date) -> list[str]:
        """Say all that is wrong with it."""
        needs = self.status == "not_affected"
        wrong = {
            "status is none of " + ", ".join(STATUSES): self.status not in STATUSES,
            "package is no package URL (pkg:...)": not self.package.startswith("pkg:"),
            "justification is none of " + ", ".join(JUSTIFICATIONS): (
                needs and self.justification not in JUSTIFICATIONS
            ),
            "justification goes with not_affected only": not needs and bool(self.justification),
            "added is in the future": self.added > today,
            f"expires more than {LONGEST.days} days after added": (
                self.expires > self.added + LONGEST
            ),
        }
        return [text for text, is_wrong in wrong.items() if is_wrong]

    def covers(self, finding: Finding) -> bool:
        """Tell whether it speaks of this vulnerability of this package in this image."""
        return (
            finding.kind == "vulnerability"
            and self.id == finding.id
            and self.image in {"*", finding.image}
            and _same_package(self.package, finding.purl)
        )


def read(path: Path, today: date) -> list[Entry]:
    """Read the register; `GateError` names all complaints at once."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise GateError(f"the register cannot be read: {exc}; mend {path}") from exc
    tables = document.pop("vulnerability", [])
    if document or not isinstance(tables, list):
        raise GateError(f"{path} may hold nothing but [[vulnerability]] tables")
    entries, complaints = [], []
    for number, table in enumerate(tables, 1):
        wrong = _shape(table)
        if not wrong:
            entries.append(Entry(**table))
            wrong = entries[-1].complaints(today)
        complaints += [f"entry {number}: {text}" for text in wrong]
    keys = [(entry.id, entry.package, entry.image) for entry in entries]
    complaints += [
        f"twice: {' '.join(key)}" for key in sorted({k for k in keys if keys.count(k) > 1})
    ]
    if complaints:
        raise GateError(f"{path}: " + "; ".join(complaints))
    return entries


def apply(report: Report, entries: Iterable[Entry], *, strict: bool) -> Report:
    """Mark what is accepted, and add as findings what is wrong with the register itself.

    Trivy's own `--vex` is no help: it accepts only `not_affected`, and an archive has no name for
    it to compare with an entry's image.

    An entry that matches nothing can be judged only in its own image, and only with current
    advisories unless `strict`.
    """
    findings, ours, notes = list(report.findings), [], []
    for entry in entries:
        covered = [index for index, finding in enumerate(findings) if entry.covers(finding)]
        if entry.expires < report.finished.date():
            ours.append(_about(entry, f"expired on {entry.expires}: fix it, or argue it anew"))
        elif covered:
            for index in covered:
                status = f"{entry.status} until {entry.expires}: {entry.reason}"
                findings[index] = replace(findings[index], accepted=True, status=status)
        elif report.scan == "image" and entry.image in {"*", report.name}:
            if strict or (report.database and report.database.kind == "fresh"):
                ours.append(_about(entry, f"matches nothing in {report.name}: remove it"))
            else:
                notes.append(
                    f"{entry.id} of {entry.package} matches nothing, which cannot be judged"
                )
    return replace(report, findings=(*findings, *ours), notes=(*report.notes, *notes))


def openvex(entries: Iterable[Entry], author: str) -> dict[str, Any]:
    """Write the register as an OpenVEX document, the same bytes for the same entries."""
    entries = list(entries)
    statements = [_statement(entry) for entry in entries]
    name = json.dumps([author, statements], sort_keys=True)
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": uuid.uuid5(uuid.NAMESPACE_URL, name).urn,
        "author": author,
        "timestamp": _instant(max((entry.added for entry in entries), default=date(2026, 1, 1))),
        "version": 1,
        "statements": statements,
    }


def _statement(entry: Entry) -> dict[str, Any]:
    package = {"@id": entry.package}
    image = {"@id": f"pkg:oci/{entry.image}", "subcomponents": [package]}
    why = f"{entry.reason} Evidence: {entry.evidence} Until {entry.expires}."
    return {
        "vulnerability": {"name": entry.id},
        "timestamp": _instant(entry.added),
        "products": [package if entry.image == "*" else image],
        "status": entry.status,
        **({"justification": entry.justification} if entry.justification else {}),
        STATUSES[entry.status]: why,
    }


def _instant(day: date) -> str:
    return f"{day}T00:00:00Z"


def _about(entry: Entry, status: str) -> Finding:
    return Finding(kind="register", id=entry.id, severity="-", subject=entry.package, status=status)


def _shape(table: Any) -> list[str]:
    """Complain about keys and types."""
    if not isinstance(table, dict):
        return ["is no table; write [[vulnerability]]"]
    known = {each.name: each.type for each in fields(Entry)}
    wrong = [f"{key} is unknown" for key in sorted(table.keys() - known.keys())]
    for key, kind in known.items():
        if key not in table:
            wrong += [f"{key} is missing"] if key != "justification" else []
        elif type(table[key]) is not kind:
            wrong.append(f"{key} is no {'date' if kind is date else 'text'}")
        elif not table[key]:
            wrong.append(f"{key} is empty")
    return wrong


def _same_package(wanted: str, installed: str) -> bool:
    """Compare package URLs; what `wanted` leaves out, version or qualifiers, may be anything."""
    (name, version, qualifiers), (of, at, having) = _split(wanted), _split(installed)
    return name == of and version in {"", at} and qualifiers <= having


def _split(purl: str) -> tuple[str, str, set[str]]:
    base, _, qualifiers = purl.partition("?")
    name, _, version = base.partition("@")
    return name, version, set(filter(None, qualifiers.split("&")))
