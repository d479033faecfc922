"""The only way to name an image from here on: by digest."""

import re
from dataclasses import dataclass
from typing import Self

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REPOSITORY = re.compile(
    # A registry with a dot or a port, since another first part would mean Docker Hub.
    r"[a-z0-9]([a-z0-9-]*\.[a-z0-9.-]*[a-z0-9]|[a-z0-9.-]*(?=:))(:[0-9]{1,5})?"
    r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)+"
)


class RefusedError(Exception):
    """An image may not be signed or run; the text is the reason, for a person."""

    def __init__(self, reason: str) -> None:
        """Keep a reason, without what could direct a terminal: parts of it come from outside."""
        super().__init__("".join(each if each.isprintable() else "?" for each in reason))


@dataclass(frozen=True, slots=True)
class Reference:
    """An image in a registry."""

    repository: str
    """Registry and path, `europe-docker.pkg.dev/project/repository/data-api`."""
    digest: str

    def __post_init__(self) -> None:
        """Refuse what is no name, however it was made."""
        if not REPOSITORY.fullmatch(self.repository) or not DIGEST.fullmatch(self.digest):
            raise RefusedError(f"{self.repository}@{self.digest}: not REPOSITORY@sha256:DIGEST")

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"

    @property
    def service(self) -> str:
        """The last part of its path."""
        return self.repository.rpartition("/")[2]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `REPOSITORY@sha256:...`.

        Raises:
            RefusedError: it names a tag, or nothing at all.
        """
        repository, _, digest = text.partition("@")
        name = repository.rpartition("/")[2]
        if ":" in name:
            tag = name.partition(":")[2]
            raise RefusedError(
                f"{text}: the tag {tag} can be moved to another image; name a digest"
            )
        return cls(repository, digest)
