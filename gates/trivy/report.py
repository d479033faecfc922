"""What a scan saw and found, and what follows from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

PASSED, FOUND, BROKEN = 0, 1, 2
"""Exit statuses, as of every gate. A crash may give 1, too: a finding comes with its report."""


class GateError(Exception):
    """The gate could not judge, so nothing passes: exit status 2. The text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The advisories a scan was made with."""

    kind: str
    """`fresh` for Trivy's own, `local` for a set of ours."""
    updated: datetime
    note: str
    """What a pass with them is worth: which they are, and how old."""
    origin: str = ""
    """Where a local set comes from."""

    @property
    def uri(self) -> str:
        """Where they come from; deploy/verification.py takes only the first for current."""
        return "https://github.com/aquasecurity/trivy-db" if self.kind == "fresh" else self.origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason not to pass. It never holds a secret, only where one is."""

    kind: str
    """`vulnerability`, `secret`, `misconfiguration`, `licence`; `register` for our negligence."""
    id: str
    severity: str
    subject: str
    """A package's name, or `file:line`."""
    path: str = ""
    """Relative to what was scanned; empty where there is none. It may come from a stranger."""
    line: int = 0
    """Counted from 1; 0 where it is unknown."""
    title: str = ""
    fix: str = ""
    """What to do: a sentence or a URL."""
    installed: str = ""
    fixed: str = ""
    purl: str = ""
    image: str = ""
    """Which image it concerns; a requirements file is named after its image."""
    status: str = "open"
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One scan."""

    scan: str
    name: str
    digest: str = ""
    """Of the image's manifest: what was scanned, whatever it is called."""
    seen: Mapping[str, int]
    """How many things of each kind were looked at."""
    findings: tuple[Finding, ...]
    below: int
    """How many findings are too mild to count."""
    notes: tuple[str, ...] = ()
    database: Database | None = None
    version: str
    parameters: tuple[str, ...] = ()
    started: datetime
    finished: datetime

    @property
    def exit_status(self) -> int:
        """`FOUND` if anything is open."""
        return PASSED if all(finding.accepted for finding in self.findings) else FOUND

    def as_dict(self) -> dict[str, Any]:
        """Write it for `json.dumps`; times are RFC 3339."""
        facts = asdict(self)
        del facts["database"]
        return facts | {
            "exit_status": self.exit_status,
            "started": self.started.isoformat(),
            "finished": self.finished.isoformat(),
            "notes": [*self.notes, *([self.database.note] if self.database else [])],
        }


def predicate(report: Report) -> dict[str, Any]:
    """Write the report as the predicate of a `vuln` attestation.

    The result is our verdict, not the scanner's raw answer: that one quotes secrets.

    Source: https://cosign.sigstore.dev/attestation/vuln/v1
    """
    database = report.database
    return {
        "invocation": {
            "parameters": list(report.parameters),
            "uri": "",
            "event_id": "",
            "builder.id": "",
        },
        "scanner": {
            "uri": "https://github.com/aquasecurity/trivy",
            "version": report.version,
            "db": {
                "uri": database.uri if database else "",
                "version": database.updated.isoformat() if database else "",
            },
            "result": report.as_dict(),
        },
        "metadata": {
            "scanStartedOn": report.started.isoformat(),
            "scanFinishedOn": report.finished.isoformat(),
        },
    }
