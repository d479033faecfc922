"""Where the google provider comes from: a mirror that is named, the registry, or a rehearsal's own.

`PROVIDER` is `auto`, or forces `mirror`, `registry` or `rehearsal`.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import requests

from rehearsal import facts
from rehearsal.errors import RehearsalError

REPOSITORY = Path(__file__).parent.parent
REGISTRY = "https://registry.terraform.io"
MIRROR = "TERRAFORM_PROVIDER_MIRROR"
TIMEOUT_S = 3


class Kind(StrEnum):
    """How far the provider can be believed."""

    MIRROR = "mirror"
    REGISTRY = "registry"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the provider comes from."""

    kind: Kind
    place: str = ""
    """A mirror's folder or URL."""

    def __str__(self) -> str:
        """Say it in one line."""
        match self.kind:
            case Kind.MIRROR:
                return f"the google provider comes from the mirror {self.place}"
            case Kind.REGISTRY:
                return f"the google provider comes from {REGISTRY}"
        return (
            f"a rehearsal: the schema of google {facts.version()} without the provider's own code"
        )

    def configuration(self) -> str:
        """Write Terraform's CLI configuration, so that no other is read."""
        place = json.dumps(self.place)
        method = "direct {}"
        if self.kind is Kind.MIRROR and self.place.startswith("https://"):
            method = f"network_mirror {{\n url = {place}\n }}"
        elif self.kind is Kind.MIRROR:
            method = f"filesystem_mirror {{\n path = {place}\n }}"
        return f"disable_checkpoint = true\nprovider_installation {{\n {method}\n}}\n"


def find(environment: Mapping[str, str] | None = None, *, tofu: bool = False) -> Origin:
    """Find the provider.

    Args:
        environment: the process's, if None.
        tofu: for OpenTofu, which takes it from a registry of its own, without our lock file.

    Raises:
        RehearsalError: the one that is asked for cannot be had. A mirror that is named and is not
            there is never passed over: whoever names one wants no other.
    """
    environment = os.environ if environment is None else environment
    wanted = environment.get("PROVIDER") or "auto"
    if wanted not in {"auto", *Kind}:
        raise RehearsalError(
            f"PROVIDER is {wanted!r}: it must be auto, mirror, registry or rehearsal"
        )
    mirror = environment.get(MIRROR)
    if tofu:
        if wanted in {Kind.MIRROR, Kind.REGISTRY} or (mirror and wanted == "auto"):
            raise RehearsalError("OpenTofu is tried on a rehearsal only: PROVIDER=rehearsal")
        return Origin(Kind.REHEARSAL)
    if wanted == Kind.MIRROR and not mirror:
        raise RehearsalError(f"PROVIDER=mirror needs {MIRROR}: a folder or an https:// URL")
    if mirror and wanted in {"auto", Kind.MIRROR}:
        return _mirror(mirror)
    if wanted in {"auto", Kind.REGISTRY} and _registry_answers():
        return Origin(Kind.REGISTRY)
    if wanted == Kind.REGISTRY:
        raise RehearsalError(f"PROVIDER=registry, and {REGISTRY} cannot be reached")
    return Origin(Kind.REHEARSAL)


def _mirror(place: str) -> Origin:
    if re.match(r"\w+://[^/]*@", place):
        # Terraform would print it in its errors.
        raise RehearsalError(f"{MIRROR} must be a URL without a user's name and password")
    if place.startswith("https://"):
        place = place.rstrip("/") + "/"
        if not _answers(f"{place}{facts.SOURCE}/index.json"):
            raise RehearsalError(f"{MIRROR}: {place} does not have {facts.SOURCE}")
    elif "://" in place:
        raise RehearsalError(f"{MIRROR} must be a folder or an https:// URL, not {place}")
    else:
        place = str(Path(place).expanduser().resolve())
        if not (Path(place) / facts.SOURCE).is_dir():
            raise RehearsalError(f"{MIRROR}: {place} does not have {facts.SOURCE}")
    return Origin(Kind.MIRROR, place)


def _registry_answers() -> bool:
    """Ask for the pinned version, and whether the archive itself can be had."""
    url = f"{REGISTRY}/v1/providers/hashicorp/google/{facts.version()}/download/linux/amd64"
    try:
        with requests.get(url, timeout=TIMEOUT_S) as answer:
            answer.raise_for_status()
            archive = answer.json()["download_url"]
        return _answers(archive, "HEAD")
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return False


def _answers(url: str, method: str = "GET") -> bool:
    try:
        with requests.request(method, url, timeout=TIMEOUT_S, stream=True) as answer:
            return answer.ok
    except requests.RequestException:
        return False
