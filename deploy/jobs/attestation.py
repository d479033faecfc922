"""Attests for Binary Authorization what the run has verified, as the identity that may."""

import re
from collections.abc import Iterator

from deploy.binary_authorization.attestation import attest
from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.notes import Notes
from deploy.binary_authorization.signer import KEY_ID, CloudKms
from deploy.google import Google
from deploy.jobs.run import Job
from deploy.reference import Reference, RefusedError


def attested(job: Job) -> Iterator[tuple[Reference, bool]]:
    """Attest each image; tells of each whether that is new.

    Raises:
        GoogleError: a call failed; run it again.
        RefusedError: the attestor would not take it.
    """
    google = Google(job.token)
    attestors, notes = Attestors(google), Notes(google)
    name = job.given("ATTESTOR")
    signer = CloudKms(google, newest(attestors.get(name), job.given("ATTESTATION_KEY")))
    for image in job.images().values():
        yield image, attest(image, name, signer, attestors, notes).new


def newest(attestor: Attestor, key: str) -> str:
    """Choose the newest version of our key that the attestor names.

    Args:
        attestor: as the API gives it.
        key: `projects/P/locations/L/keyRings/R/cryptoKeys/K`.

    Raises:
        RefusedError: it names none.
    """
    prefix = f"{KEY_ID.format(key)}/cryptoKeyVersions/"
    named = [each.id for each in attestor.user_owned_grafeas_note.public_keys]
    rests = [id_.removeprefix(prefix) for id_ in named if id_.startswith(prefix)]
    numbers = [int(rest) for rest in rests if re.fullmatch(r"[1-9][0-9]{0,17}", rest)]
    if not numbers:
        raise RefusedError(f"{attestor.name} names no version of {key}: run make bootstrap")
    return f"{key}/cryptoKeyVersions/{max(numbers)}"
