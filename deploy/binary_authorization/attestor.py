"""Who attests: a note that the attestations hang on, and the keys whose signatures count.

Source: https://cloud.google.com/binary-authorization/docs/reference/rest/v1/projects.attestors
"""

from typing import Literal, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field, field_validator, model_validator

from deploy.documents import Document

NAME = r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/attestors/[a-zA-Z0-9_-]+$"
NOTE = r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/notes/[a-zA-Z0-9_-]+$"


class PkixPublicKey(Document):
    """A public key, and the one algorithm that counts with it, whatever an attestation says."""

    public_key_pem: str
    signature_algorithm: Literal["EC_SIGN_P256_SHA256", "ECDSA_P256_SHA256"]
    """Two names of one: what the attestation key of terraform/bootstrap/keys.tf is."""
    key_id: str | None = None

    @field_validator("public_key_pem")
    @classmethod
    def _check(cls, pem: str) -> str:
        load(pem)
        return pem


class PublicKey(Document):
    """A key of an attestor."""

    id: str = Field(min_length=1)
    """`//cloudkms.googleapis.com/v1/` and the name of a key version; a signature repeats it."""
    comment: str = ""
    pkix_public_key: PkixPublicKey

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.pkix_public_key.key_id not in {None, "", self.id}:
            raise ValueError("the key inside has another id")
        return self

    def verifies(self, payload: bytes, signature: bytes) -> bool:
        """Tell whether this key signed a payload."""
        try:
            key = load(self.pkix_public_key.public_key_pem)
            key.verify(signature, payload, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


class UserOwnedGrafeasNote(Document):
    """Where the attestations are, and who signs them."""

    note_reference: str = Field(pattern=NOTE)
    public_keys: list[PublicKey] = Field(default_factory=list)
    """A signature by any one of them is enough; with none, nothing ever verifies."""
    delegation_service_account_email: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({key.id for key in self.public_keys}) != len(self.public_keys):
            raise ValueError("two keys have one id")
        return self


class Attestor(Document):
    """An attestor of a project."""

    name: str = Field(pattern=NAME)
    description: str = ""
    user_owned_grafeas_note: UserOwnedGrafeasNote
    update_time: str = ""
    etag: str = ""

    @property
    def note(self) -> str:
        """`projects/P/notes/N`, which attestations hang on."""
        return self.user_owned_grafeas_note.note_reference

    def key(self, key_id: str) -> PublicKey | None:
        """Find a key by its id."""
        keys = self.user_owned_grafeas_note.public_keys
        return next((key for key in keys if key.id == key_id), None)


def load(pem: str) -> ec.EllipticCurvePublicKey:
    """Load a public key of the one curve that is used.

    Raises:
        ValueError: it is another key, or none.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ValueError("no public key in PEM") from exc
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("not a key on the curve P-256, which the algorithm needs")
