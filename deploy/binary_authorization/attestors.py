"""The attestors of Binary Authorization's API, and what the API itself says of an attestation."""

import re
from dataclasses import dataclass

from deploy.binary_authorization.attestor import NAME, Attestor
from deploy.binary_authorization.occurrence import Occurrence
from deploy.documents import UnreadableError
from deploy.google import Google, GoogleError

SERVICE = "binaryauthorization"


@dataclass(frozen=True, slots=True)
class Attestors:
    """Binary Authorization."""

    google: Google

    def get(self, name: str) -> Attestor:
        """Read an attestor, `projects/P/attestors/A`.

        Raises:
            GoogleError: there is none of the name, or it is of a kind that is not known here.
        """
        if not re.fullmatch(NAME, name):
            raise GoogleError("not the name of an attestor: projects/PROJECT/attestors/NAME")
        try:
            found = Attestor.of(self.google.get(SERVICE, f"v1/{name}"))
        except UnreadableError as exc:
            raise GoogleError(f"{name} cannot be used: {exc}") from exc
        if found.name != name:
            raise GoogleError(f"{name} was asked for, and {found.name} came")
        return found

    def objection(self, attestor: Attestor, made: Occurrence) -> str:
        """Ask what is wrong with an attestation, as an admission would be; nothing if it counts.

        Raises:
            GoogleError: it was not judged.

        Source: https://cloud.google.com/binary-authorization/docs/reference/rest/v1/projects.attestors/validateAttestationOccurrence
        """
        body = {
            "attestation": made.json_values()["attestation"],
            "occurrenceNote": made.note_name,
            "occurrenceResourceUri": made.resource_uri,
        }
        told = self.google.post(SERVICE, f"v1/{attestor.name}:validateAttestationOccurrence", body)
        match told.get("result"):
            case "VERIFIED":
                return ""
            case "ATTESTATION_NOT_VERIFIABLE":
                return str(told.get("denialReason") or "it cannot be verified")[:300]
        raise GoogleError(f"{attestor.name}: the attestation was not judged")
