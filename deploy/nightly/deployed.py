"""What is deployed, as the job that may ask hands it to the one that scans; no I/O.

It travels as an output of the run, and the images beside it under their digests: whoever changed
the artifact would change no judgement.
"""

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deploy.nightly.errors import NotSeenError
from deploy.nightly.serving import Use
from deploy.reference import Reference, RefusedError

LONGEST = 300
"""Characters of a line about something strange."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Image(_Part):
    """An image of ours that runs, or may run at the next request."""

    image: str
    """`REPOSITORY@sha256:...`, in our registry."""
    used_by: tuple[str, ...] = Field(min_length=1)

    @property
    def reference(self) -> Reference:
        """The image; that it has this shape was checked when it was read."""
        return Reference.parse(self.image)

    @model_validator(mode="after")
    def _is_named_by_digest(self) -> Self:
        try:
            Reference.parse(self.image)
        except RefusedError as exc:
            raise ValueError(str(exc)) from exc
        return self


class Deployed(_Part):
    """All of a project."""

    services: int = Field(ge=0)
    images: tuple[Image, ...]
    strange: tuple[str, ...]
    """What runs and cannot be scanned, since it is not ours or names no digest: a line each."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """A service runs something."""
        if bool(self.services) != bool(self.images or self.strange):
            raise ValueError("services without images, or the other way round")
        return self


def sort(services: int, uses: Iterable[Use], registry: str) -> Deployed:
    """Tell our images from what is strange.

    Args:
        services: how many there are.
        uses: what they run.
        registry: where our images are, as bootstrap handed it over.

    Raises:
        NotSeenError: a service seems to run nothing.
    """
    ours: dict[str, list[str]] = {}
    strange = []
    for use in uses:
        if complaint := _complaint(use.raw_image, registry):
            strange.append(f"{use.by}: {complaint}"[:LONGEST])
        else:
            ours.setdefault(use.raw_image, []).append(use.by)
    images = tuple(Image(image=each, used_by=tuple(by)) for each, by in sorted(ours.items()))
    try:
        return Deployed(services=services, images=images, strange=tuple(strange))
    except ValidationError as exc:
        raise NotSeenError(f"{services} services, and nothing that they run") from exc


def read(raw: str) -> Deployed:
    """Read what the other job handed over.

    Raises:
        NotSeenError: it is not whole.
    """
    try:
        return Deployed.model_validate_json(raw)
    except ValidationError as exc:
        raise NotSeenError(
            f"what is deployed was not handed over whole ({exc.error_count()} faults)"
        ) from None


def _complaint(raw_image: str, registry: str) -> str:
    try:
        image = Reference.parse(raw_image)
    except RefusedError as exc:
        return str(exc)
    return "" if image.repository.startswith(f"{registry}/") else f"{image} is not in {registry}"
