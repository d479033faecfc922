"""From a message's bytes to the payload columns of a row, or to the reason why it can be none."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Any

from servicekit.contract import PAYLOAD_TYPES, Column, Contract

MAX_BYTES = 1 << 20


class PoisonMessageError(Exception):
    """The message can never become a row.

    Args:
        reason: one word of a fixed list, for table and log.
        raw: the message's bytes, as far as they could be read.
    """

    def __init__(self, reason: str, raw: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.raw = raw


def decode(raw_data: str, contract: Contract) -> dict[str, Any]:
    """Read base64 of a JSON object whose members are the contract's payload columns.

    Returns:
        A value for each payload column, None where an optional one is absent. INTEGER is decimal
        text, which insertAll takes without losing digits past 2^53.

    Raises:
        PoisonMessageError: it is anything else.
    """
    raw = _bytes(raw_data)
    try:
        return _row(_object(raw), contract)
    except _PoisonError as exc:
        raise PoisonMessageError(str(exc), raw) from exc


class _PoisonError(Exception):
    """A reason without its message."""


def _bytes(raw_data: str) -> bytes:
    try:
        return base64.b64decode(raw_data.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise PoisonMessageError("not_base64", raw_data.encode("utf-8")) from exc


def _object(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > MAX_BYTES:
        raise _PoisonError("too_large")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise _PoisonError("not_utf8") from exc
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse_constant)
    except RecursionError as exc:
        raise _PoisonError("nested_too_deeply") from exc
    except ValueError as exc:
        raise _PoisonError("not_json") from exc
    if not isinstance(value, dict):
        raise _PoisonError("not_an_object")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _PoisonError("duplicate_key")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _row(value: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    if value.keys() - {column.name for column in contract.payload}:
        raise _PoisonError("unknown_field")
    return {column.name: _cell(value.get(column.name), column) for column in contract.payload}


def _cell(value: Any, column: Column) -> Any:
    if value is None:
        if column.required:
            raise _PoisonError("missing_field")
        return None
    if column.type == "FLOAT" and type(value) is int:
        value = _float(value)
    # `type` and not `isinstance`: True is an int to Python, and no INTEGER to BigQuery.
    if type(value) is not PAYLOAD_TYPES[column.type]:
        raise _PoisonError("wrong_type")
    if isinstance(value, float) and not math.isfinite(value):
        raise _PoisonError("number_out_of_range")
    if isinstance(value, str):
        return _unicode(value)
    if type(value) is int:
        if not -(1 << 63) <= value < 1 << 63:
            raise _PoisonError("number_out_of_range")
        return str(value)
    return value


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError as exc:
        raise _PoisonError("number_out_of_range") from exc


def _unicode(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise _PoisonError("not_unicode") from exc
    return value
