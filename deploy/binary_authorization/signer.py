"""What signs an attestation: a key that stays in Cloud KMS, or one of this process."""

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

import google_crc32c
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from deploy.documents import decode, encode
from deploy.google import Google, GoogleError

KEY_VERSION = re.compile(
    r"projects/[a-z0-9-]+/locations/[a-z0-9-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+"
    r"/cryptoKeyVersions/[1-9][0-9]*",
    re.ASCII,
)
KEY_ID = "//cloudkms.googleapis.com/v1/{}"
"""The `id` of Terraform's google_kms_crypto_key_version, and what gcloud names a key by."""


class Signer(Protocol):
    """A private key on P-256 that stays where it is."""

    @property
    def key_id(self) -> str:
        """What the attestor names it by."""

    def sign(self, payload: bytes) -> bytes:
        """Sign a payload: ECDSA with SHA-256, in DER."""


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A key in this process, for tests and rehearsals."""

    key_id: str
    key: ec.EllipticCurvePrivateKey

    def sign(self, payload: bytes) -> bytes:
        """Sign a payload."""
        return self.key.sign(payload, ec.ECDSA(SHA256()))


@dataclass(frozen=True, slots=True)
class CloudKms:
    """A version of a key in Cloud KMS."""

    google: Google
    key_version: str
    """`projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1`."""

    def __post_init__(self) -> None:
        """Refuse what is no name: it becomes a part of an address."""
        if not KEY_VERSION.fullmatch(self.key_version):
            raise GoogleError(
                "not the name of a key version: projects/P/locations/L/keyRings/R/cryptoKeys/K"
                "/cryptoKeyVersions/1, as terraform/bootstrap/ has it"
            )

    @property
    def key_id(self) -> str:
        """What the attestor names it by."""
        return KEY_ID.format(self.key_version)

    def sign(self, payload: bytes) -> bytes:
        """Let KMS sign a payload's digest.

        Raises:
            GoogleError: it did not, or digest or signature were damaged on the way.

        Source: https://cloud.google.com/kms/docs/data-integrity-guidelines
        """
        digest = hashlib.sha256(payload).digest()
        answer = self.google.post(
            "cloudkms",
            f"v1/{self.key_version}:asymmetricSign",
            {"digest": {"sha256": encode(digest)}, "digestCrc32c": checksum(digest)},
        )
        try:
            signature = decode(answer.get("signature"))
        except ValueError:
            signature = b""
        if answer.get("name") != self.key_version:
            raise GoogleError("KMS signed with another key version than it was asked for")
        whole = signature and answer.get("signatureCrc32c") == checksum(signature)
        if answer.get("verifiedDigestCrc32c") is not True or not whole:
            raise GoogleError("digest or signature were damaged on the way to KMS: run it again")
        return signature


def checksum(content: bytes) -> str:
    """Compute CRC-32C, as the JSON of a 64-bit number is written."""
    return str(google_crc32c.value(content))
