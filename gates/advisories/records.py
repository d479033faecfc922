"""The set, read once: a set that cannot be believed is an error that says what to do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).with_name("example.json")
"""A few facts by hand that show that the scanners read them. No mirror, so it has no age limit."""
MAX_AGE = timedelta(days=30)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
"""Of all times: pip-audit reads no other."""
RENEW = "make a new one from a mirror: python -m gates.advisories gather MIRROR FILE"


class AdvisoriesError(Exception):
    """The set is none to judge with. The text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisories:
    """The records of a set, and what a pass with them is worth."""

    path: Path
    date: datetime
    """When they were current."""
    age: timedelta
    records: tuple[Mapping[str, Any], ...] = field(repr=False)
    """OSV records, none withdrawn."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.records)

    @property
    def note(self) -> str:
        """Say in one line which data they are and how old."""
        is_example = self.path.resolve() == EXAMPLE
        kind = "the example set, NO CURRENT ADVISORIES" if is_example else "a local set"
        return (
            f"{kind}: {self.path.name}, {self.count} advisories of {self.date:%Y-%m-%d}, "
            f"{self.age.days} days old"
        )


def read(path: Path, now: datetime | None = None) -> Advisories:
    """Read a set.

    Raises:
        AdvisoriesError: it is unreadable, empty, undated, or too old.
    """
    try:
        document = json.loads(path.read_bytes())
        date = _time(document["recorded"])
        records = tuple(_record(each) for each in document["advisories"])
    except (
        OSError,
        ArithmeticError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as exc:
        raise AdvisoriesError(f"no set of advisories in {path} ({exc!r}); {RENEW}") from exc
    if not records:
        raise AdvisoriesError(f"{path} holds no advisory, and would find nothing; {RENEW}")
    _check_identity(path, records)
    age = (now or datetime.now(UTC)) - date
    _check_age(path, date, age, records)
    kept = tuple(each for each in records if "withdrawn" not in each)
    return Advisories(path=path, date=date, age=age, records=kept)


def instant(text: str) -> str:
    """Write any RFC 3339 time as pip-audit reads it."""
    return _time(text).strftime(FORMAT)


def _check_identity(path: Path, records: tuple[Mapping[str, Any], ...]) -> None:
    seen: set[str] = set()
    for each in records:
        if each["id"] in seen:
            raise AdvisoriesError(f"{path} holds {each['id']} twice; {RENEW}")
        seen.add(each["id"])


def _check_age(
    path: Path, date: datetime, age: timedelta, records: tuple[Mapping[str, Any], ...]
) -> None:
    if age < -timedelta(hours=1):
        raise AdvisoriesError(f"{path} is of {date:%Y-%m-%d}, which is in the future; {RENEW}")
    newest = max(_time(each["modified"]) for each in records)
    if newest > date:
        raise AdvisoriesError(
            f"{path} is of {date:%Y-%m-%d} and holds an advisory of {newest:%Y-%m-%d}: "
            f"its date is wrong; {RENEW}"
        )
    if age > MAX_AGE and path.resolve() != EXAMPLE:
        raise AdvisoriesError(
            f"{path} is of {date:%Y-%m-%d}, and {MAX_AGE.days} days is the limit; {RENEW}"
        )


def _record(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Check what the readers rest on, and write the times as all of them read them."""
    if not (isinstance(raw["id"], str) and raw["id"] and isinstance(raw["affected"], list)):
        raise ValueError(f"an advisory without its parts: {str(raw.get('id'))[:40]}")
    for each in raw["affected"]:
        # Some records name a repository alone; they say nothing about a package.
        package = each.get("package", {"name": "-", "ecosystem": "-"})
        if not (isinstance(package["name"], str) and isinstance(package["ecosystem"], str)):
            raise TypeError(f"{raw['id'][:40]}: a package without a name")
    times = {key: instant(raw[key]) for key in ("published", "withdrawn") if raw.get(key)}
    return {**raw, **times, "modified": instant(raw["modified"])}


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} is a time of no zone")
    return time.astimezone(UTC)
