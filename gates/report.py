"""What a scan saw and found, and what follows from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

PASSED, BROKEN, FOUND = 0, 3, 10
"""Exit statuses; none of them is one that a crashed tool or shell would give."""


class GateError(Exception):
    """The gate could not judge, so nothing passes: exit status 3. The text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The advisories a scan was made with."""

    kind: str
    updated: datetime

    @property
    def uri(self) -> str:
        """Where they come from."""
        if self.kind == "local":
            return "gates/advisories/facts.json"
        return "https://github.com/aquasecurity/trivy-db"

    @property
    def note(self) -> str:
        """Say in one line what a pass with them is worth."""
        if self.kind == "local":
            return "local advisory set, not current advisories"
        return f"advisories of {self.updated:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason not to pass. It never holds a secret, only where one is."""

    kind: str
    """`vulnerability`, `secret`, `misconfiguration`, or `register` for our own negligence."""
    id: str
    severity: str
    subject: str
    """A package's name, or `file:line`."""
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
