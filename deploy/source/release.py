"""Signs a source archive, and verifies one: what it is, who made it, and what it holds."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.cosign import Cosign, CosignError, Keyless
from deploy.reference import RefusedError
from deploy.signing import BILL_OF_MATERIALS, PROVENANCE
from deploy.source import documents
from deploy.source.archive import SUFFIX, Archive, read

REPOSITORY = "example-org/hardened-data-pipeline"
"""Where the template is, until an adopter says otherwise."""
WORKFLOW = ".github/workflows/release-template.yml"
SIGNATURE = "signature"
KINDS = {BILL_OF_MATERIALS: "sbom.cdx", PROVENANCE: "provenance"}
"""cosign's names of the two statements, and how their files end."""


@dataclass(frozen=True, slots=True)
class Release:
    """The archive, and the files beside it that speak of it."""

    archive: Path

    def predicate(self, kind: str) -> Path:
        """Where a statement is before it is signed."""
        return self._beside(f"{KINDS[kind]}.json")

    def bundle(self, kind: str) -> Path:
        """Where a signed statement is, or the archive's signature: Sigstore's bundle."""
        return self._beside(f"{KINDS.get(kind, kind)}.sigstore.json")

    @property
    def files(self) -> list[Path]:
        """All that whoever verifies it needs."""
        return [self.archive, *(self.bundle(kind) for kind in (SIGNATURE, *KINDS))]

    def _beside(self, ending: str) -> Path:
        return self.archive.with_name(f"{self.archive.name.removesuffix(SUFFIX)}.{ending}")


def identity(repository: str, version: str) -> str:
    """Name the only workflow whose signature counts: this file, at the version's tag."""
    return f"https://github.com/{repository}/{WORKFLOW}@refs/tags/v{version}"


def of_run(environment: Mapping[str, str]) -> str:
    """Name the workflow of this run on GitHub, as its certificate will; a desk's is nobody's."""
    repository = environment.get("GITHUB_REPOSITORY", "nobody/desk")
    return f"https://github.com/{repository}/{WORKFLOW}@{environment.get('GITHUB_REF', 'nowhere')}"


def describe(release: Release, bill: dict[str, Any], provenance: dict[str, Any]) -> None:
    """Write both statements beside the archive."""
    for kind, predicate in ((BILL_OF_MATERIALS, bill), (PROVENANCE, provenance)):
        release.predicate(kind).write_text(json.dumps(predicate, indent=1) + "\n", "utf-8")


def sign(cosign: Cosign, release: Release, how: Keyless) -> None:
    """Sign the archive and the two statements about it, once they are what they say.

    Raises:
        CosignError: one of them could not be signed.
        RefusedError: the archive is not of this run's tag, or a statement is about another.
    """
    archive = read(release.archive)
    _check(archive, {kind: _json(release.predicate(kind)) for kind in KINDS}, how)
    cosign.sign_blob(release.archive, how, release.bundle(SIGNATURE))
    for kind in KINDS:
        where = release.bundle(kind)
        cosign.attest_blob(release.archive, how, kind, release.predicate(kind), where)


def verify(cosign: Cosign, release: Release, how: Keyless) -> Archive:
    """Check an archive and all that was said of it.

    Returns:
        What is in it.

    Raises:
        RefusedError: it must not be used, with the reason.
    """
    archive = read(release.archive)
    if missing := [path.name for path in release.files if not path.is_file()]:
        raise RefusedError(f"missing beside {archive.name}: {', '.join(missing)}")
    try:
        cosign.verify_blob(release.archive, how, archive.commit, release.bundle(SIGNATURE))
        for kind in KINDS:
            bundle = release.bundle(kind)
            cosign.verify_blob_attestation(release.archive, how, archive.commit, kind, bundle)
    except CosignError as exc:
        last = str(exc).strip().splitlines()[-1]
        raise RefusedError(f"{archive.name}: {last[:300]}") from exc
    # cosign compared each bundle with the archive; what it says is read from the same file.
    _check(archive, {kind: _predicate(release.bundle(kind)) for kind in KINDS}, how)
    return archive


def _check(archive: Archive, said: Mapping[str, dict[str, Any]], how: Keyless) -> None:
    if not how.identity.endswith(f"/{WORKFLOW}@refs/tags/v{archive.version}"):
        raise RefusedError(f"{archive.name} is not what {how.identity} may release")
    documents.complete(said[BILL_OF_MATERIALS], archive)
    if said[PROVENANCE] != documents.provenance(archive, how.identity):
        raise RefusedError(f"{archive.name}: its provenance tells of another build")


def _predicate(bundle: Path) -> dict[str, Any]:
    try:
        payload = base64.b64decode(_json(bundle)["dsseEnvelope"]["payload"], validate=True)
        return dict(json.loads(payload)["predicate"])
    except (ValueError, KeyError, TypeError) as exc:
        raise RefusedError(f"{bundle.name} cannot be read: {exc!r}") from exc


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as exc:
        raise RefusedError(f"{path.name} cannot be read: {exc}") from exc
