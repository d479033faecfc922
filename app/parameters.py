"""From the query string to a `Selection`; what is not a selection is the caller's problem."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app import cursor
from app.problems import wrong_parameter
from app.selection import Filter, Selection, Value
from servicekit.contract import Contract

DEFAULT_LIMIT = 10
MAX_LIMIT = 1000
MAX_TEXT_CHARACTERS = 1024
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


def parse(query_string: bytes, contract: Contract) -> Selection:
    """Read `limit`, `cursor`, `since`, `until` and a filter for each payload column.

    Raises:
        Problem: 400, naming the parameter that is unknown, repeated or wrong.
    """
    raw = _pairs(query_string)
    columns = {column.name: column for column in contract.payload}
    known = {"limit", "cursor", "since", "until", *columns}
    for name, values in raw.lists():
        if name not in known:
            raise wrong_parameter(name[:64], f"Unknown. Known are: {', '.join(sorted(known))}.")
        if len(values) != 1:
            raise wrong_parameter(name, "Give this parameter once.")
    equals = tuple(
        (name, _VALUES[column.type](name, raw[name]))
        for name, column in columns.items()
        if name in raw
    )
    filter_ = Filter(equals, _moment(raw, "since"), _moment(raw, "until"))
    if filter_.since and filter_.until and filter_.since >= filter_.until:
        raise wrong_parameter("until", "Must be later than since.")
    return _select(raw, filter_)


def _pairs(query_string: bytes) -> MultiDict[str, str]:
    try:
        text = query_string.decode("ascii")
        return MultiDict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError as exc:
        raise wrong_parameter("", "Names and values must be UTF-8, percent-encoded.") from exc


def _select(raw: MultiDict[str, str], filter_: Filter) -> Selection:
    limit = DEFAULT_LIMIT
    if "limit" in raw:
        if not re.fullmatch(r"[0-9]{1,4}", raw["limit"]) or not 1 <= int(raw["limit"]) <= MAX_LIMIT:
            raise wrong_parameter("limit", f"Must be a whole number from 1 to {MAX_LIMIT}.")
        limit = int(raw["limit"])
    if "cursor" not in raw:
        return Selection(filter_, limit)
    try:
        return Selection(filter_, limit, cursor.decode(raw["cursor"], filter_))
    except cursor.CursorError as exc:
        detail = "Use the link of the previous page, unchanged, with the same filter."
        raise wrong_parameter("cursor", detail) from exc


def _moment(raw: MultiDict[str, str], name: str) -> datetime | None:
    if name not in raw:
        return None
    problem = wrong_parameter(name, "Must be an RFC 3339 timestamp, as 2026-01-31T12:00:00Z is.")
    if not _TIMESTAMP.fullmatch(raw[name]):
        raise problem
    try:
        moment = datetime.fromisoformat(raw[name]).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise problem from exc
    if not _EARLIEST <= moment <= _LATEST:
        raise wrong_parameter(name, "Must lie between the years 2000 and 9000.")
    return moment


def _integer(name: str, text: str) -> Value:
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or not -(1 << 63) <= int(text) < 1 << 63:
        raise wrong_parameter(name, "Must be a whole number of 64 bits.")
    return int(text)


def _float(name: str, text: str) -> Value:
    if not re.fullmatch(r"-?[0-9]{1,32}(\.[0-9]{1,32})?(e[+-]?[0-9]{1,3})?", text):
        raise wrong_parameter(name, "Must be a decimal number.")
    if not math.isfinite(number := float(text)):
        raise wrong_parameter(name, "Must be a number that a double can hold.")
    return number


def _boolean(name: str, text: str) -> Value:
    if text not in ("true", "false"):
        raise wrong_parameter(name, "Must be true or false.")
    return text == "true"


def _string(name: str, text: str) -> Value:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise wrong_parameter(name, f"Must have at most {MAX_TEXT_CHARACTERS} characters.")
    return text


_VALUES: dict[str, Callable[[str, str], Value]] = {
    "INTEGER": _integer,
    "FLOAT": _float,
    "BOOLEAN": _boolean,
    "STRING": _string,
}
