"""Which of the messages a person wants; no I/O here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from recovery.letter import DEAD_LETTER, Letter

KEPT = timedelta(days=31)
"""How long dead letters are kept, and so how far back a person looks who says no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a message must be; an empty collection asks nothing."""

    since: datetime
    """The earliest publish time, inclusive: of the first time, as all that is compared."""
    until: datetime
    """The latest, exclusive."""
    reasons: frozenset[str] = frozenset()
    message_ids: frozenset[str] = frozenset()
    """A dead letter's with or without its prefix."""
    attributes: tuple[tuple[str, str | None], ...] = ()
    """Names with the value that each must have, or None for any; all of them must be there."""

    def takes(self, letter: Letter) -> bool:
        """Tell whether a message is wanted."""
        ids = {letter.message_id, letter.message_id.removeprefix(DEAD_LETTER)}
        return (
            self.since <= letter.publish_time < self.until
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.message_ids or not ids.isdisjoint(self.message_ids))
            and all(
                name in letter.attributes and value in (None, letter.attributes[name])
                for name, value in self.attributes
            )
        )


class Moment(click.ParamType[datetime]):
    """An RFC 3339 time with its zone."""

    name = "time"

    def convert(self, value: object, param: object, ctx: object) -> datetime:  # noqa: ARG002 - click's
        """Read it; a time without a zone would mean another hour on another machine."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            if moment.tzinfo is None:
                self.fail(f"{value!r} has no time zone: write 2026-12-01T00:00:00Z")
            return moment.astimezone(UTC)
        # In another zone the first and the last days that Python knows lie beyond them.
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: write 2026-12-01T00:00:00Z")


def attribute(text: str) -> tuple[str, str | None]:
    """Read `name` or `name=value`."""
    name, equals, value = text.partition("=")
    return name, value if equals else None
