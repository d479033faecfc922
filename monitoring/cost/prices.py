"""The price list, and what an amount of something costs."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

_LIST = Path(__file__).parent / "prices.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What something costs, and who says so."""

    usd: Decimal
    per: Decimal
    """So many pieces for `usd`."""
    free: Decimal
    """So many cost nothing, each month."""
    of: str
    url: str
    read: date
    copy: str

    def charge(self, used: Decimal) -> Decimal:
        """Charge a month's use, in US dollars."""
        return max(used - self.free, Decimal(0)) / self.per * self.usd


class Prices(dict[str, Price]):
    """The list, by name."""

    @classmethod
    def read(cls, path: Path = _LIST) -> "Prices":
        """Read the list; a missing or a further key is a TypeError, since the file is ours."""
        document = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        return cls({name: _price(entry) for name, entry in document.items()})


def _price(entry: Mapping[str, object]) -> Price:
    money = {name: Decimal(str(entry[name])) for name in ("usd", "per", "free")}
    return Price(**{**entry, **money})  # type: ignore[arg-type]  # of the file's own types
