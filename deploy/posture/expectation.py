"""What the project has to look like: what terraform/bootstrap made, as it said in its output."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

PATH = Path("terraform", "posture.json")


class ExpectationError(Exception):
    """There is nothing to compare with; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Names, and what they have to be."""

    project_id: str
    attestor: str
    """The one whose attestation is demanded, `projects/P/attestors/A`."""
    pool: str
    """The identity pool, `projects/NUMBER/locations/global/workloadIdentityPools/POOL`."""
    provider: str
    """Its only provider's full name."""
    issuer: str
    """Whose tokens it takes."""
    condition: str
    """Whom that lets in, in CEL."""
    mapping: dict[str, str]
    """What that makes of a token's claims, in CEL."""
    grants: dict[str, list[str]]
    """Roles on the project of each account of ours, by its e-mail address."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `make bootstrap` wrote.

        Raises:
            ExpectationError: it is missing or another file.
        """
        try:
            given = json.loads(path.read_text("utf-8"))
        except FileNotFoundError as exc:
            raise ExpectationError(f"{path} is missing: make bootstrap writes it") from exc
        except ValueError as exc:
            raise ExpectationError(f"{path} is no JSON: {exc}") from exc
        wanted = {each.name for each in fields(cls)}
        if not isinstance(given, dict) or set(given) != wanted or not all(given.values()):
            raise ExpectationError(f"{path} does not hold {', '.join(sorted(wanted))}, and no more")
        return cls(**given)
