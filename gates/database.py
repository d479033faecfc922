"""The advisories: fetched or built, not too old, and proven to be read before each scan."""

import json
import shutil
import subprocess
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from gates.report import Database, GateError
from gates.trivy import Trivy

ADVISORIES = Path(__file__).with_name("advisories")
MAX_AGE = timedelta(days=3)
WHEEL = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
CANARY = {
    "etc/debian_version": "13.0\n",
    "var/lib/dpkg/status.d/openssl": "Package: openssl\nVersion: 1.0.1e-1\n",
    "jinja2-2.4.1.dist-info/METADATA": WHEEL.format("jinja2", "2.4.1"),
    "pipeline_canary-1.dist-info/METADATA": WHEEL.format("pipeline-canary", "1"),
}
"""A system that is known to be bad: one package from each source of advisories."""
LOCAL_CANARY = "pipeline-canary"
"""Only the local set knows something about it."""


def fetch(trivy: Trivy) -> None:
    """Download the current database."""
    try:
        trivy.run("image", "--download-db-only", "--no-progress", "--skip-version-check")
    except GateError as exc:
        raise GateError(f"{exc}; without a network: --database local") from exc


def build(cache: Path, facts: Path = ADVISORIES / "facts.json") -> None:
    """Write the local set in the layout of Trivy's database."""
    go = shutil.which("go")
    if go is None:
        raise GateError("building the local advisory set needs Go; install it")
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/advisories"
        compiling = [go, "build", "-mod=readonly", "-buildvcs=false", "-o", program, "."]
        for command in (compiling, [program, str(facts), str((cache / "db").absolute())]):
            try:
                subprocess.run(
                    command, cwd=ADVISORIES, capture_output=True, text=True, timeout=300, check=True
                )
            except subprocess.SubprocessError as exc:
                reason = getattr(exc, "stderr", None) or exc
                raise GateError(f"the local advisory set was not built: {reason}") from exc


def check(trivy: Trivy, kind: str, now: datetime) -> Database:
    """Return the database, or raise `GateError` if a scan with it would prove nothing."""
    path = trivy.cache / "db" / "metadata.json"
    try:
        updated = datetime.fromisoformat(json.loads(path.read_bytes())["UpdatedAt"])
        age = now - updated
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise GateError(
            f"no {kind} database in {trivy.cache} ({exc}); "
            f"get one: python -m gates --database {kind} database"
        ) from exc
    if kind == "fresh" and not -timedelta(hours=1) <= age <= MAX_AGE:
        raise GateError(
            f"the database is of {updated:%Y-%m-%d %H:%M}, and {MAX_AGE.days} days is the limit; "
            "get a new one: python -m gates database"
        )
    _check_canary(trivy, kind)
    return Database(kind=kind, updated=updated)


def _check_canary(trivy: Trivy, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in CANARY.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        results = trivy.ask("rootfs", folder, "--scanners", "vuln")["Results"]
    found = {bad["PkgName"] for result in results for bad in result.get("Vulnerabilities", ())}
    if missed := {"openssl", "jinja2"} - found:
        raise GateError(
            f"the canary is alive: the {kind} database finds nothing in an old "
            f"{' and '.join(sorted(missed))}; get a new one: python -m gates database"
        )
    if (LOCAL_CANARY in found) != (kind == "local"):
        raise GateError(f"{trivy.cache} does not hold the {kind} database but the other one")
