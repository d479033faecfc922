"""The quarantine row keeps what a person needs to find out, and to replay, a poison message."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from function import quarantine
from function.envelope import Message
from function.payload import PoisonMessageError
from servicekit.contract import SCHEMA_FOLDER

MESSAGE = Message("s", "7", datetime(2026, 11, 24, tzinfo=UTC), {"a": "é"}, "")


def test_the_row_fits_the_table():
    fields = json.loads((SCHEMA_FOLDER / "quarantine_table.json").read_text("utf-8"))
    row = quarantine.row(MESSAGE, PoisonMessageError("not_json", b"x"))
    assert list(row) == [field["name"] for field in fields]
    assert all(row[field["name"]] for field in fields if field.get("mode") == "REQUIRED")


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"x" * (7 << 20)], ids=len)
def test_the_bytes_are_kept_whole(raw):
    poison = PoisonMessageError("not_json", raw)
    row = quarantine.row(MESSAGE, poison)
    assert quarantine.holds(poison)
    assert base64.b64decode(row["data"]) == raw
    assert row["size_bytes"] == str(len(raw))
    assert row["sha256"] == hashlib.sha256(raw).hexdigest()
    assert json.loads(row["attributes"]) == {"a": "é"}


def test_of_more_than_seven_mebibytes_the_first_is_kept():
    raw = bytes(range(256)) * ((7 << 20) // 256) + b"!"
    poison = PoisonMessageError("too_large", raw)
    row = quarantine.row(MESSAGE, poison)
    assert not quarantine.holds(poison)
    assert base64.b64decode(row["data"]) == raw[: 1 << 20]
    assert row["size_bytes"] == str(len(raw))
    assert row["sha256"] == hashlib.sha256(raw).hexdigest()
