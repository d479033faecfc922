"""Attests an image that was verified: signs, has it checked, and hangs it on the attestor's note.

Running it again finds what is there and makes nothing new.
"""

from dataclasses import dataclass

from deploy.binary_authorization import payload
from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.notes import Notes
from deploy.binary_authorization.occurrence import Occurrence, attestation_of, fault
from deploy.binary_authorization.signer import Signer
from deploy.documents import UnreadableError
from deploy.reference import Reference, RefusedError


@dataclass(frozen=True, slots=True)
class Attested:
    """An attestation that counts."""

    name: str
    """`projects/P/occurrences/ID`."""
    new: bool
    """Whether it was made now."""


def attest(
    image: Reference, name: str, signer: Signer, attestors: Attestors, notes: Notes
) -> Attested:
    """Attest an image. Whoever calls it has verified the image: nothing is looked at again.

    Args:
        image: what to attest.
        name: the attestor, `projects/P/attestors/A`.
        signer: has one of the attestor's keys.
        attestors: reads it and checks against it.
        notes: keeps the attestation.

    Raises:
        GoogleError: a call failed; run it again.
        RefusedError: the attestor would not take the attestation, so none was kept.
    """
    attestor = attestors.get(name)
    key = attestor.key(signer.key_id)
    if key is None:
        raise RefusedError(
            f"{name} does not name the key {signer.key_id}: put its version into "
            "attestation_key_versions and run make bootstrap"
        )
    for values in notes.attached(attestor.note, image):
        kept = _counting(values, attestor, image)
        if kept and not attestors.objection(attestor, kept):
            return Attested(kept.name, new=False)
    signature = signer.sign(payload.write(image))
    made = attestation_of(image, attestor.note, key.id, signature)
    # First here, so that a signature by another key is never sent.
    objection = fault(made, attestor, image.digest) or attestors.objection(attestor, made)
    if objection:
        raise RefusedError(f"{image}: {name} does not take its attestation: {objection}")
    return Attested(notes.attach(_project(attestor), made), new=True)


def _counting(values: dict[str, object], attestor: Attestor, image: Reference) -> Occurrence | None:
    try:
        found = Occurrence.of(values)
    except UnreadableError:
        return None
    return None if fault(found, attestor, image.digest) else found


def _project(attestor: Attestor) -> str:
    return attestor.name.split("/")[1]
