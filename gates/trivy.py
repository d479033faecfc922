"""Trivy, asked in one way; what its answer means is decided here, never by its exit status."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gates import answers, archive
from gates.report import Database, Finding, GateError, Report

FAILING = ("HIGH", "CRITICAL")
SECRETS = Path(__file__).with_name("secrets.yaml")
LOCKS = "requirements/*.txt"
NOT_OURS = (".git", ".venv*", ".local", ".cache", ".hypothesis", ".*_cache")
"""Folders that are installed or written by tools, never shipped."""
IGNORE = re.compile(r"(?:trivy|tfsec):\S*ignore")
OFFLINE = ("--skip-db-update", "--skip-java-db-update", "--skip-check-update", "--offline-scan")
HARMLESS = "Falling back to embedded checks"
"""The one ERROR that Trivy logs and that is as we want it."""
ALWAYS = ("--skip-version-check", "--disable-telemetry", "--format", "json", "--exit-code", "0")


@dataclass(frozen=True, slots=True)
class Trivy:
    """The scanner and the folder of the database it uses."""

    binary: Path
    cache: Path
    timeout_s: float = 300

    def run(self, *arguments: str) -> str:
        """Run it and return what it printed; raise `GateError` unless it ended well.

        It runs in an empty folder and without `TRIVY_*`, since a `trivy.yaml`, a `.trivyignore`
        or a variable could switch off what is asked of it.
        """
        env = {name: value for name, value in os.environ.items() if not name.startswith("TRIVY_")}
        where = ("--cache-dir", self.cache.absolute())
        try:
            with tempfile.TemporaryDirectory() as empty:
                ended = subprocess.run(
                    [self.binary.absolute(), *arguments, *where],
                    cwd=empty,
                    env=env,
                    capture_output=True,
                    text=True,
                    timeout=self.timeout_s,
                    check=False,
                )
        except OSError as exc:
            raise GateError(f"no Trivy at {self.binary} ({exc}); name one with --trivy") from exc
        except subprocess.TimeoutExpired as exc:
            raise GateError(
                f"Trivy took longer than {self.timeout_s} s; scan less or wait"
            ) from exc
        if ended.returncode:
            last = _without_quotes("".join(ended.stderr.strip().splitlines()[-1:]))
            raise GateError(
                f"Trivy failed with status {ended.returncode}: {last or 'it said nothing'}"
            )
        # A file that cannot be parsed is an ERROR in its log, and a pass in its report.
        errors = [line for line in ended.stderr.splitlines() if "\tERROR\t" in line]
        if errors := [_without_quotes(line) for line in errors if HARMLESS not in line]:
            raise GateError(f"Trivy could not read everything; mend this: {'; '.join(errors)}")
        return ended.stdout

    def ask(self, command: str, *arguments: str) -> dict[str, Any]:
        """Scan without the network and return Trivy's JSON report."""
        scan = (*OFFLINE, "--secret-config", str(SECRETS))
        offline = ("--skip-check-update",) if command == "config" else scan
        printed = self.run(command, *arguments, *ALWAYS, *offline)
        try:
            answer = json.loads(printed)
            answer["Results"] = answer.get("Results") or []
        except (ValueError, TypeError, AttributeError) as exc:
            raise GateError(f"Trivy printed no JSON report ({exc}); is it Trivy 0.74?") from exc
        return dict(answer)


def image(trivy: Trivy, path: Path, name: str, database: Database) -> Report:
    """Scan an OCI archive: packages, secrets in layers and configuration, and who it runs as."""
    with tempfile.TemporaryDirectory() as folder:
        digest = archive.unpack(path, Path(folder))
        report = _scan(
            trivy,
            ("image", "--input", folder),
            # Trivy's own cache of layers cannot be shared by scans that run at the same time.
            ("--scanners", "vuln,secret", "--image-config-scanners", "secret"),
            ("--cache-backend", "memory"),
            name=name,
        )
    return replace(report, digest=digest, database=database)


def filesystem(trivy: Trivy, folder: Path, database: Database) -> Report:
    """Scan the project's files for secrets, and its hash-locked requirements."""
    locks = [path for path in sorted(folder.glob(LOCKS)) if "--hash=" in path.read_text("utf-8")]
    report = _scan(
        trivy,
        ("fs", str(folder.absolute())),
        # By itself Trivy reads only files that are named requirements.txt.
        ("--scanners", "vuln,secret", "--file-patterns", r"pip:requirements/[^/]+\.txt"),
        _skips(),
        name="filesystem",
        expected=[path.relative_to(folder).as_posix() for path in locks] or [LOCKS],
    )
    return replace(report, database=database)


def configuration(trivy: Trivy, folder: Path, expected: tuple[str, ...]) -> Report:
    """Scan Dockerfiles and Terraform; `expected` names the kinds that must be there."""
    report = _scan(
        trivy,
        ("config", str(folder.absolute())),
        ("--misconfig-scanners", "dockerfile,terraform"),
        _skips(),
        name="configuration",
        expected=expected,
    )
    return replace(report, findings=(*report.findings, *_ignores(folder)))


def _scan(
    trivy: Trivy,
    subject: tuple[str, ...],
    *options: tuple[str, ...],
    name: str,
    expected: Iterable[str] = ("operating system packages", "Python packages"),
) -> Report:
    """Ask, and refuse an answer in which something expected was not looked at."""
    arguments = [each for group in options for each in group]
    started = datetime.now(UTC)
    answer = trivy.ask(*subject, *arguments)
    seen = dict.fromkeys(expected, 0)
    findings: list[Finding] = []
    try:
        findings += answers.root_user(answer)
        for result in answer["Results"]:
            result["Target"] = result["Target"].replace(subject[-1], name)
            kind, count = answers.looked_at(result)
            seen[kind] = seen.get(kind, 0) + count
            findings += answers.findings(result, name)
    except (LookupError, TypeError, AttributeError) as exc:
        raise GateError(f"Trivy's report has another shape ({exc!r}); is it Trivy 0.74?") from exc
    if missing := [kind for kind in expected if not seen[kind]]:
        raise GateError(
            f"{name}: Trivy saw no {' and no '.join(missing)}, so a pass would prove nothing; "
            "is this the right archive or folder?"
        )
    counting = tuple(each for each in findings if each.kind == "secret" or each.severity in FAILING)
    return Report(
        scan=subject[0],
        name=name,
        seen={kind: count for kind, count in seen.items() if count},
        findings=counting,
        below=len(findings) - len(counting),
        version=answer.get("Trivy", {}).get("Version", "unknown"),
        parameters=(subject[0], *arguments),
        started=started,
        finished=datetime.now(UTC),
    )


def _ignores(folder: Path) -> Iterator[Finding]:
    """Find the comments that make Trivy silent about a misconfiguration, unseen in its report."""
    for path in sorted([*folder.rglob("*Dockerfile*"), *folder.rglob("*.tf")]):
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if IGNORE.search(line):
                yield Finding(
                    kind="register",
                    id="ignore-comment",
                    severity="-",
                    subject=f"{name}:{number}",
                    status="a comment silences Trivy: remove it",
                )


def _skips() -> tuple[str, ...]:
    return tuple(each for name in NOT_OURS for each in ("--skip-dirs", name))


def _without_quotes(line: str) -> str:
    """Drop the source that a log line quotes: it may hold a secret."""
    return re.sub(r'cause="(?:[^"\\]|\\.)*" ?', "", line).replace("\t", " ")
