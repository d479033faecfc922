"""What is asked of Trivy about an image, the project's files and its configuration."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from gates.trivy import answers, archive
from gates.trivy.report import Database, Finding, GateError, Report
from gates.trivy.scanner import Trivy

FAILING = ("HIGH", "CRITICAL")
OURS = ("operating system packages", "Python packages")
"""What an image of ours is made of."""
LOCKS = "requirements/*.txt"
NOT_OURS = (".git", ".venv*", ".local", ".cache", ".hypothesis", ".*_cache")
"""Folders that are installed or written by tools, never shipped."""
IGNORE = re.compile(r"(?:trivy|tfsec):\S*ignore")
KEY = "PRIVATE" + " KEY-----"
CANARY = f"-----BEGIN {KEY}\n{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' * 40}\n-----END {KEY}\n"
"""No key, and it looks like one; written apart, since it must not look like one here."""


def image(
    trivy: Trivy, path: Path, name: str, database: Database, expected: Iterable[str] = OURS
) -> Report:
    """Scan an OCI archive: packages, secrets in layers and configuration, and who it runs as.

    `expected` names the kinds that must be there.
    """
    with tempfile.TemporaryDirectory() as folder:
        digest = archive.unpack(path, Path(folder))
        report = _scan(
            trivy,
            ("image", "--input", folder),
            # Trivy's own cache of layers cannot be shared by scans that run at the same time.
            ("--scanners", "vuln,secret", "--image-config-scanners", "secret"),
            ("--cache-backend", "memory"),
            name=name,
            expected=expected,
        )
    return replace(report, digest=digest, database=database)


def vulnerabilities(trivy: Trivy, folder: Path, database: Database) -> Report:
    """Scan the project's locked requirements, each of which must be seen."""
    locks = [path.relative_to(folder).as_posix() for path in sorted(folder.glob(LOCKS))]
    report = _scan(
        trivy,
        ("fs", str(folder.absolute())),
        # By itself Trivy reads only files that are named requirements.txt.
        ("--scanners", "vuln", "--file-patterns", r"pip:^requirements/[^/]+\.txt$"),
        _skips(),
        name="vulnerabilities",
        expected=locks or [LOCKS],
    )
    return replace(report, database=database)


def secrets(trivy: Trivy, folder: Path) -> Report:
    """Scan the project's files for secrets, once a canary has shown that one is found."""
    _check_canary(trivy)
    count = sum(1 for _ in _files(folder))
    if not count:
        raise GateError(f"{folder} holds no file, so a pass would prove nothing; name the project")
    subject = ("fs", str(folder.absolute()))
    report = _scan(trivy, subject, ("--scanners", "secret"), _skips(), name="secrets", expected=())
    return replace(report, seen={"files": count})


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
    expected: Iterable[str],
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
    counting = tuple(each for each in findings if counts(each))
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


def counts(finding: Finding) -> bool:
    """Tell whether a finding is too bad to pass; a secret always is, and so is what nobody rated.

    Debian leaves many unrated for years, so its unrated ones do not count.
    """
    unrated = finding.severity == "UNKNOWN" and finding.purl.startswith("pkg:pypi/")
    return finding.kind == "secret" or finding.severity in FAILING or unrated


def _check_canary(trivy: Trivy) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "key.pem").write_text(CANARY, "utf-8")
        results = trivy.ask("fs", folder, "--scanners", "secret")["Results"]
    if not any(result.get("Secrets") for result in results):
        raise GateError("the canary is alive: Trivy finds no planted key; mend gates/trivy")


def _files(folder: Path) -> Iterator[Path]:
    """Find the files that are looked at."""
    for where, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not any(fnmatch(each, no) for no in NOT_OURS)]
        yield from (Path(where, name) for name in names)


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
