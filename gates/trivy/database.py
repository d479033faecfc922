"""The advisories: fetched or built, not too old, and proven to be read before each scan."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from gates import advisories
from gates.advisories.records import EXAMPLE, AdvisoriesError, read
from gates.advisories.rows import Row, rows
from gates.trivy.report import Database, GateError
from gates.trivy.scanner import Trivy

SOURCE = Path(advisories.__file__).parent
FILES = ("trivy.db", "metadata.json")
BUILT_FROM = "built-from"
"""Beside them: the digest of all that the local set's database was made of."""
MAX_AGE = timedelta(days=3)
WHEEL = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
CANARY = {
    "etc/debian_version": "13.0\n",
    "var/lib/dpkg/status.d/openssl": "Package: openssl\nVersion: 1.0.1e-1\n",
    "jinja2-2.4.1.dist-info/METADATA": WHEEL.format("jinja2", "2.4.1"),
    "pipeline_canary-1.dist-info/METADATA": WHEEL.format("pipeline-canary", "1"),
}
"""A system that is known to be bad: one package from each source of advisories."""
PYTHON, DEBIAN = "jinja2", "openssl"
LOCAL = Row(
    source="pip",
    package="pipeline-canary",
    id="CANARY-0001",
    vulnerable=("<2",),
    severity=4,
    title="Artificial: shows that this database is a local one",
)
"""Only the local set's database knows it."""


def fetch(trivy: Trivy) -> None:
    """Download the current database."""
    try:
        trivy.run("image", "--download-db-only", "--no-progress", "--skip-version-check")
    except GateError as exc:
        raise GateError(f"{exc}; without a network: --database local") from exc


def fresh(trivy: Trivy, now: datetime, needs: Collection[str] = (PYTHON, DEBIAN)) -> Database:
    """Return Trivy's own database.

    Raises:
        GateError: a scan with it would prove nothing.
    """
    path = trivy.cache / "db" / "metadata.json"
    try:
        updated = datetime.fromisoformat(json.loads(path.read_bytes())["UpdatedAt"])
        age = now - updated
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise GateError(
            f"no fresh database in {trivy.cache} ({exc}); get one: python -m gates.trivy database"
        ) from exc
    if not -timedelta(hours=1) <= age <= MAX_AGE:
        raise GateError(
            f"the database is of {updated:%Y-%m-%d %H:%M}, and {MAX_AGE.days} days is the limit; "
            "get a new one: python -m gates.trivy database"
        )
    _check_canary(trivy, "fresh", needs)
    note = f"advisories of {updated:%Y-%m-%d %H:%M} UTC"
    return Database(kind="fresh", updated=updated, note=note)


def local(
    trivy: Trivy, source: Path = EXAMPLE, needs: Collection[str] = (PYTHON, DEBIAN)
) -> Database:
    """Return the database of a local set, built unless it was built of the same.

    Raises:
        GateError: the set is none to judge with, or a scan with it would prove nothing.
    """
    try:
        known = read(source)
        made = [*rows(known.records), LOCAL]
    except (AdvisoriesError, LookupError, TypeError, AttributeError) as exc:
        raise GateError(f"the local advisories cannot be used: {exc}") from exc
    made_of, marker = digest(source), trivy.cache / "db" / BUILT_FROM
    if not marker.is_file() or marker.read_text("utf-8") != made_of:
        write(trivy.cache, known.date, made)
        marker.write_text(made_of, "utf-8")
    _check_canary(trivy, "local", needs)
    return Database(
        kind="local", updated=known.date, note=known.note, origin=f"local:{source.name}"
    )


def write(cache: Path, recorded: datetime, made: Iterable[Row]) -> None:
    """Write a database in the layout of Trivy's."""
    go = shutil.which("go")
    if go is None:
        raise GateError("building the local advisory set needs Go; install it")
    document = {"recorded": recorded.isoformat(), "rows": [asdict(row) for row in made]}
    (cache / "db").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        given, program = Path(folder, "rows.json"), f"{folder}/advisories"
        given.write_text(json.dumps(document), "utf-8")
        compiling = [go, "build", "-mod=readonly", "-buildvcs=false", "-o", program, "."]
        for command in (compiling, [program, str(given.absolute()), str(Path(folder).absolute())]):
            try:
                subprocess.run(
                    command, cwd=SOURCE, capture_output=True, text=True, timeout=300, check=True
                )
            except subprocess.SubprocessError as exc:
                reason = getattr(exc, "stderr", None) or exc
                raise GateError(f"the local advisory set was not built: {reason}") from exc
        # One by one and each whole: another gate may be reading them.
        for name in FILES:
            Path(folder, name).replace(cache / "db" / name)


def digest(source: Path) -> str:
    """Name all that the database is made of: the set, and the code that reads it."""
    summed = hashlib.sha256()
    for path in (source, *sorted(SOURCE.glob("*.py")), *sorted(SOURCE.glob("*go*"))):
        summed.update(path.read_bytes())
    return summed.hexdigest()


def _check_canary(trivy: Trivy, kind: str, needs: Collection[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in CANARY.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        results = trivy.ask("rootfs", folder, "--scanners", "vuln")["Results"]
    found = {bad["PkgName"] for result in results for bad in result.get("Vulnerabilities", ())}
    if missed := set(needs) - found:
        raise GateError(
            f"the canary is alive: the {kind} database finds nothing in an old "
            f"{' and '.join(sorted(missed))}; get one that does: python -m gates.trivy database"
        )
    if (LOCAL.package in found) != (kind == "local"):
        raise GateError(f"{trivy.cache} does not hold the {kind} database but the other one")
