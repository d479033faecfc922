"""An attestation where it is kept: an occurrence of Container Analysis, hanging on a note.

Source: https://cloud.google.com/container-analysis/docs/reference/rest/v1/projects.occurrences
"""

from typing import Any, Literal

from pydantic import Field

from deploy.binary_authorization import payload
from deploy.binary_authorization.attestor import Attestor
from deploy.documents import Base64, Document, UnreadableError, encode
from deploy.reference import Reference


class Signature(Document):
    """One signature; it names a key and never an algorithm."""

    signature: Base64
    public_key_id: str


class Attestation(Document):
    """What was signed, and the signatures."""

    serialized_payload: Base64 = b""
    signatures: list[Signature] = Field(default_factory=list)
    jwts: list[Any] = Field(default_factory=list)
    """Another form of attestation, which counts for nothing here."""


class Occurrence(Document):
    """An attestation of one image."""

    name: str = ""
    resource_uri: str
    """`https://`, the repository and `@sha256:`; gcloud writes it without `https://`."""
    note_name: str
    kind: Literal["ATTESTATION"]
    attestation: Attestation
    remediation: str = ""
    create_time: str = ""
    update_time: str = ""
    envelope: dict[str, Any] = Field(default_factory=dict)
    """The same in DSSE, which counts for nothing here."""


def attestation_of(image: Reference, note: str, key_id: str, signature: bytes) -> Occurrence:
    """Write the occurrence of an image whose payload was signed."""
    return Occurrence.of(
        {
            "resourceUri": f"https://{image}",
            "noteName": note,
            "kind": "ATTESTATION",
            "attestation": {
                "serializedPayload": encode(payload.write(image)),
                "signatures": [{"signature": encode(signature), "publicKeyId": key_id}],
            },
        }
    )


def fault(found: Occurrence, attestor: Attestor, digest: str) -> str:
    """Say why an attestation does not count for a digest; nothing if it does.

    The repository is not compared, as Google does not: the same image may be in several places.
    """
    if found.note_name != attestor.note:
        return f"it hangs on {found.note_name}, not on {attestor.note}"
    if found.resource_uri.rpartition("@")[2] != digest:
        return "it is kept for another image"
    content = found.attestation.serialized_payload
    reasons = [_fault(each, content, attestor) for each in found.attestation.signatures]
    # One good signature is enough, whatever stands beside it.
    if "" not in reasons:
        return "; ".join(dict.fromkeys(reasons)) or "nobody signed it"
    try:
        signed = payload.parse(content).digest
    except UnreadableError as exc:
        return f"what was signed is no attestation: {exc}"
    return "" if signed == digest else f"it was signed for {signed}"


def _fault(signature: Signature, content: bytes, attestor: Attestor) -> str:
    key = attestor.key(signature.public_key_id)
    if key is None:
        return "signed with a key that the attestor does not name"
    return "" if key.verifies(content, signature.signature) else "its signature is not by that key"
