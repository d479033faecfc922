"""Scans built images, and writes down what is attested of it."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from gates.trivy import database, register, scans
from gates.trivy.report import Database, GateError, Report, predicate
from gates.trivy.scanner import Trivy
from images.build import Built
from images.layout import ROOT, TARGETS, ImageError
from toolchain.install import install, pins

CACHE = ROOT / ".cache" / "trivy"
REGISTER = ROOT / "policies" / "vulnerabilities.toml"


def scan(
    images: Mapping[str, Built], folder: Path, report: Callable[[str], None]
) -> dict[str, Path]:
    """Scan each image; gives the file of each scan's statement.

    Raises:
        ImageError: something was found that nobody accepted.
        GateError: it could not be judged.
        ToolError: Trivy cannot be had.
    """
    scanner, advisories = _advisories(report)
    report(f"scan: {advisories.note}")
    entries = register.read(REGISTER, datetime.now(UTC).date())
    paths = {}

    def look(target: str) -> Report:
        return scans.image(scanner, images[target].image.folder, target, advisories)

    with ThreadPoolExecutor() as pool:
        reports = dict(zip(images, pool.map(look, images), strict=True))
    for target, found in reports.items():
        judged = register.apply(found, entries, strict=False)
        if judged.exit_status:
            open_ = ", ".join(f"{each.id} in {each.subject}" for each in judged.findings)
            raise ImageError(f"{TARGETS[target]} is not released: {open_}")
        paths[target] = folder / f"{target}.scan.json"
        paths[target].write_text(json.dumps(predicate(judged)), "utf-8")
    return paths


def _advisories(report: Callable[[str], None]) -> tuple[Trivy, Database]:
    """Take current advisories where the network has them, else the local set."""
    binary = install(pins()["trivy"])
    fresh = Trivy(binary, CACHE / "fresh")
    try:
        database.fetch(fresh)
    except GateError as exc:
        report(f"scan: no current advisories: {exc}")
        local = Trivy(binary, CACHE / "local")
        return local, database.local(local)
    return fresh, database.fresh(fresh, datetime.now(UTC))
