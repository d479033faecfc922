"""Scans what runs with the advisories of today: what was clean when it was released may not be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.jobs.run import SERVICES
from deploy.nightly.deployed import Deployed, Image
from deploy.nightly.layouts import layout
from gates.trivy import database, register, scans
from gates.trivy.register import Entry
from gates.trivy.report import Database, Finding, GateError
from gates.trivy.scanner import Trivy
from toolchain.install import install, pins

HOME = Path(__file__).parent.parent.parent
CACHE = HOME / ".cache" / "trivy" / "fresh"
REGISTER = HOME / "policies" / "vulnerabilities.toml"
NAMES = {service: name for name, service in SERVICES.items()}
"""What the register calls each image."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The scanner, the advisories that it knows, and what is accepted of them."""

    scanner: Trivy
    advisories: Database
    accepted: tuple[Entry, ...]

    def open(self, image: Image, root: Path) -> tuple[Finding, ...]:
        """Scan an image; gives what was found and nobody accepted.

        An entry of the register that matches nothing is no finding here: it may be about the images
        of the next release, and those are scanned when they are built.

        Raises:
            GateError: it could not be judged, or is not the image that runs.
        """
        reference = image.reference
        folder = layout(reference, root)
        if not folder.is_dir():
            raise GateError(f"{reference}: it runs, and was not handed over to be scanned")
        name = NAMES.get(reference.service, reference.service)
        # What else runs, a collector for example, need not be made of Debian and Python.
        expected = scans.OURS if reference.service in NAMES else ()
        report = scans.image(self.scanner, folder, name, self.advisories, expected)
        if not any(report.seen.values()):
            raise GateError(f"{reference}: Trivy saw no package, so a pass would prove nothing")
        if report.digest != reference.digest:
            raise GateError(f"{reference}: {report.digest} was handed over in its place")
        judged = register.apply(report, self.accepted, strict=False)
        return tuple(
            each for each in judged.findings if not each.accepted and each.kind != "register"
        )


def today() -> Judge:
    """Get the advisories of today; there is no other way to judge.

    Raises:
        GateError: they cannot be had.
        ToolError: Trivy cannot be had.
    """
    scanner = Trivy(install(pins()["trivy"]), CACHE)
    now = datetime.now(UTC)
    database.fetch(scanner)
    entries = register.read(REGISTER, now.date())
    return Judge(scanner, database.fresh(scanner, now), tuple(entries))


def judged(
    deployed: Deployed, judge: Judge, root: Path = Path()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Scan everything that runs; gives what is wrong, and what could not be judged: a line each.

    What could not be judged hides nothing of the rest.
    """
    found, unseen = list(deployed.strange), []
    for image in deployed.images:
        try:
            found += _about(image, judge.open(image, root))
        except GateError as exc:
            unseen.append(str(exc))
    return tuple(found), tuple(unseen)


def _about(image: Image, found: Iterable[Finding]) -> Iterator[str]:
    for each in found:
        what = f"{each.id} ({each.severity}) in {each.subject} {each.installed}".rstrip()
        todo = each.fix or "no fix is known"
        yield f"{image.image}, {'; '.join(image.used_by)}: {what}: {todo}"
