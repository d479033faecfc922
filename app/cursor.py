"""The opaque text that stands for a position between two pages.

It carries a position and no authority: whoever forges one gets rows that a `since` and an `until`
of theirs would get them too. So it needs no key; it is only read strictly.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from app.selection import Filter, Position

VERSION = 1
MAX_CHARACTERS = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""No scan begins earlier: a deduplication window before it is still a date."""
_MICROSECOND = timedelta(microseconds=1)


class CursorError(Exception):
    """The text is no cursor of ours, or one of another filter."""


def encode(position: Position, filter_: Filter) -> str:
    """Write a position down, tied to its filter."""
    fields = [
        VERSION,
        _digest(filter_),
        _microseconds(position.since),
        _microseconds(position.until),
        _microseconds(position.publish_time),
        base64.b64encode(position.key.encode()).decode(),
    ]
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(raw_cursor: str, filter_: Filter) -> Position:
    """Read a position back.

    Raises:
        CursorError: it is not, to the letter, what `encode` writes for this filter.
    """
    if len(raw_cursor) > MAX_CHARACTERS:
        raise CursorError("too long")
    try:
        padding = "=" * (-len(raw_cursor) % 4)
        text = base64.b64decode(raw_cursor + padding, altchars=b"-_", validate=True)
        position = _position(json.loads(text))
        # One position has one text, so that two spellings cannot mean two cache entries.
        if encode(position, filter_) != raw_cursor:
            raise CursorError("not canonical, or of another filter")
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise CursorError("not a cursor") from exc
    return position


def _position(fields: Any) -> Position:
    _version, _filter, *times, raw_key = fields
    key = base64.b64decode(raw_key, validate=True).decode()
    since, until, publish_time = (_EPOCH + time * _MICROSECOND for time in times)
    if not _EARLIEST <= since <= publish_time < until:
        raise CursorError("outside its own bounds")
    return Position(since, until, publish_time, key)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _digest(filter_: Filter) -> str:
    bounds = [moment and _microseconds(moment) for moment in (filter_.since, filter_.until)]
    canonical = json.dumps([filter_.equals, bounds])
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
