"""Google's own limits, as data with their source."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_FILE = Path(__file__).parent / "quotas.toml"


@dataclass(frozen=True, slots=True)
class Quota:
    """One of them."""

    of: str
    url: str
    read: date
    value: int | None = None
    """None where the page could not be read, or where our own use of it is not known."""


class Quotas(dict[str, Quota]):
    """All of them, by name."""

    @classmethod
    def read(cls, path: Path = _FILE) -> "Quotas":
        """Read the file; a missing or a further key is a TypeError, since the file is ours."""
        document = tomllib.loads(path.read_text("utf-8"))
        return cls({name: Quota(**entry) for name, entry in document.items()})

    def value(self, name: str) -> int:
        """Give a quota's value; a LookupError if nobody knows it."""
        if (value := self[name].value) is None:
            raise LookupError(f"{name} has no value")
        return value
