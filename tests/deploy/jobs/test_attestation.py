"""The key's version is the newest that the attestor names."""

import pytest

from deploy.binary_authorization.attestor import Attestor
from deploy.jobs.attestation import newest
from deploy.reference import RefusedError
from local.binary_authorization.service import Service

KEY = "projects/data-prod/locations/l/keyRings/r/cryptoKeys/attestation-1"
PEM = Service().make_key("any")


def attestor(*ids):
    keys = [
        {
            "id": each,
            "pkixPublicKey": {"publicKeyPem": PEM, "signatureAlgorithm": "ECDSA_P256_SHA256"},
        }
        for each in ids
    ]
    return Attestor.of(
        {
            "name": "projects/data-prod/attestors/release-1",
            "userOwnedGrafeasNote": {
                "noteReference": "projects/data-prod/notes/n",
                "publicKeys": keys,
            },
        }
    )


def version(number, key=KEY):
    return f"//cloudkms.googleapis.com/v1/{key}/cryptoKeyVersions/{number}"


def test_the_newest_version_signs():
    """By number, and not as text or by place."""
    named = attestor(version(9), version(10), version(2), version(11, KEY + "0"))
    assert newest(named, KEY) == f"{KEY}/cryptoKeyVersions/10"


@pytest.mark.parametrize(
    "ids",
    [
        (),
        (version(1, f"{KEY}0"),),
        *((version(odd),) for odd in ("x", "", "0", "-1", "1_0", "\u0669", "9" * 5000)),
    ],
    ids=lambda ids: ", ".join(ids)[-12:] or "none",
)
def test_without_a_version_of_our_key_nothing_is_signed(ids):
    with pytest.raises(RefusedError, match="names no version"):
        newest(attestor(*ids), KEY)
