"""What an attestation signs: a digest, byte for byte as `gcloud ... sign-and-create` writes it.

The signature is over these bytes alone. gcloud can wrap them for DSSE first, with
`--pae-encode-payload`, but does not by itself, and Grafeas defines a signature as one over
`serializedPayload`. What DSSE would add, a type that is signed too, is `critical.type`.
Source: https://cloud.google.com/binary-authorization/docs/making-attestations
"""

import json
from typing import Literal

from pydantic import Field
from pydantic.alias_generators import to_snake

from deploy.documents import Document, read
from deploy.reference import DIGEST, Reference

TYPE: Literal["Google cloud binauthz container signature"] = (
    "Google cloud binauthz container signature"
)


class _Part(Document, alias_generator=lambda name: to_snake(name).replace("_", "-")):
    """Its names have hyphens."""


class Identity(_Part):
    """Where the image was when it was attested."""

    docker_reference: str
    """Repository without a digest. Not binding: an attestation counts in any repository."""


class Image(_Part):
    """What is attested."""

    docker_manifest_digest: str = Field(pattern=f"^{DIGEST.pattern}$")


class Critical(_Part):
    """What a verifier has to understand."""

    identity: Identity
    image: Image
    type: Literal["Google cloud binauthz container signature"]
    """So that nothing else that the key may sign passes for an attestation."""


class Payload(_Part):
    """The whole of it; an addition that nobody checks is refused."""

    critical: Critical

    @property
    def digest(self) -> str:
        """The digest that is attested."""
        return self.critical.image.docker_manifest_digest


def write(image: Reference) -> bytes:
    """Write the payload of an image."""
    said = {
        "critical": {
            "identity": {"docker-reference": image.repository},
            "image": {"docker-manifest-digest": image.digest},
            "type": TYPE,
        }
    }
    return (json.dumps(said, indent=2) + "\n").encode("ascii")


def parse(raw: bytes) -> Payload:
    """Read a payload, whose signature was verified before.

    Raises:
        UnreadableError: it is of another type or shape.
    """
    return Payload.of(read(raw))
