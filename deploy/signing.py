"""What is said of an image, and signed, once it was built and scanned."""

from dataclasses import dataclass
from pathlib import Path

from deploy.cosign import Cosign, Signing
from deploy.reference import Reference

BILL_OF_MATERIALS, PROVENANCE, SCAN = "cyclonedx", "slsaprovenance1", "vuln"
"""cosign's names of the three statements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The files of the three statements."""

    bill_of_materials: Path
    provenance: Path
    scan: Path


def annotations(image: Reference, commit: str) -> dict[str, str]:
    """Write what the signature itself says.

    The repository is in it because a signature is about a digest, wherever that is found: without
    it, an image of one service would be accepted in the place of another.
    """
    return {"repository": image.repository, "commit": commit}


def sign(cosign: Cosign, image: Reference, how: Signing, commit: str, documents: Documents) -> None:
    """Sign an image and the three statements about it.

    Raises:
        CosignError: one of them could not be signed; the image is then refused everywhere.
    """
    cosign.sign(image, how, annotations(image, commit))
    cosign.attest(image, how, BILL_OF_MATERIALS, documents.bill_of_materials)
    cosign.attest(image, how, PROVENANCE, documents.provenance)
    cosign.attest(image, how, SCAN, documents.scan)
