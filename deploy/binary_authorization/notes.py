"""The attestations that hang on a note in Container Analysis.

Source: https://cloud.google.com/container-analysis/docs/reference/rest/v1/projects.notes.occurrences
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.binary_authorization.occurrence import Occurrence
from deploy.google import Google, GoogleError
from deploy.reference import Reference

SERVICE = "containeranalysis"
PAGES = 20
"""How far is read. An image has one attestation, or a few."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Container Analysis."""

    google: Google

    def attached(self, note: str, image: Reference) -> Iterator[dict[str, Any]]:
        """Go through what hangs on a note for an image in its repository, unread.

        Raises:
            GoogleError: it cannot be listed, or has no end.
        """
        wanted = f'kind="ATTESTATION" AND resourceUrl="https://{image}"'
        page = ""
        for _ in range(PAGES):
            further = {"pageToken": page} if page else {}
            told = self.google.get(SERVICE, f"v1/{note}/occurrences", filter=wanted, **further)
            found = told.get("occurrences", [])
            if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
                raise GoogleError(f"{SERVICE}, {note}: the answer is no list of occurrences")
            yield from found
            page = str(told.get("nextPageToken") or "")
            if not page:
                return
        raise GoogleError(f"{note} has too many occurrences for {image}: look who attaches them")

    def attach(self, project: str, made: Occurrence) -> str:
        """Keep an attestation in a project; gives the name that it got."""
        kept = self.google.post(SERVICE, f"v1/projects/{project}/occurrences", made.json_values())
        return str(kept.get("name", ""))
