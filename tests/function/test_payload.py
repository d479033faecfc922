"""What the contract describes becomes columns, anything else is poison with a reason."""

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from function.payload import MAX_BYTES, PoisonMessageError, decode
from servicekit import contract
from servicekit.contract import Column, Contract

TABLE = contract.load()


def encoded(raw):
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    ("raw", "row"),
    [
        (b'{"id": 1, "name": "x"}', {"id": "1", "name": "x"}),
        (b'{"id": 1}', {"id": "1", "name": None}),
        (b'{"id": 1, "name": null}', {"id": "1", "name": None}),
        (b'{"id": -9223372036854775808}', {"id": "-9223372036854775808", "name": None}),
        (b'{"id": 9223372036854775807}', {"id": "9223372036854775807", "name": None}),
        (b' {\n"id"\t: 0 } ', {"id": "0", "name": None}),
        (b'{"id": 1, "name": ""}', {"id": "1", "name": ""}),
        (b'{"id": 1, "name": "[[[[{{{{"}', {"id": "1", "name": "[[[[{{{{"}),
        ('{"id": 1, "name": "日本 🛫"}'.encode(), {"id": "1", "name": "日本 🛫"}),
        (b'{"id": 1, "name": "\\ud83d\\udeeb"}', {"id": "1", "name": "🛫"}),
        (b'{"id": 1, "name": "\\u0000"}', {"id": "1", "name": "\x00"}),
    ],
)
def test_a_record_becomes_columns(raw, row):
    assert decode(encoded(raw), TABLE) == row


POISON = [
    (b"", "not_json"),
    (b" ", "not_json"),
    (b"\xff\xfe", "not_utf8"),
    (b'{"id": 1, "name": "\xc3"}', "not_utf8"),
    (b'{"id": 1, "name": "\xed\xa0\x80"}', "not_utf8"),
    (b'\xef\xbb\xbf{"id": 1}', "not_json"),
    (b"not json", "not_json"),
    (b'{"id": 1', "not_json"),
    (b'{"id": 1} {"id": 2}', "not_json"),
    (b"{'id': 1}", "not_json"),
    (b'{"id": NaN}', "not_json"),
    (b'{"id": Infinity}', "not_json"),
    (b'{"id": 0x10}', "not_json"),
    (b'{"id": 01}', "not_json"),
    (b'{"id": %s}' % (b"9" * 5000), "not_json"),
    (b"null", "not_an_object"),
    (b"[]", "not_an_object"),
    (b'[{"id": 1}]', "not_an_object"),
    (b'"text"', "not_an_object"),
    (b"42", "not_an_object"),
    (b"{}", "missing_field"),
    (b'{"name": "x"}', "missing_field"),
    (b'{"id": null}', "missing_field"),
    (b'{"id": 1, "extra": 1}', "unknown_field"),
    (b'{"id": 1, "message_id": "x"}', "unknown_field"),
    (b'{"ID": 1}', "unknown_field"),
    (b'{"id": "1"}', "wrong_type"),
    (b'{"id": 1.0}', "wrong_type"),
    (b'{"id": 1e3}', "wrong_type"),
    (b'{"id": true}', "wrong_type"),
    (b'{"id": [1]}', "wrong_type"),
    (b'{"id": {}}', "wrong_type"),
    (b'{"id": 1, "name": 2}', "wrong_type"),
    (b'{"id": 1, "name": ["x"]}', "wrong_type"),
    (b'{"id": 9223372036854775808}', "number_out_of_range"),
    (b'{"id": -9223372036854775809}', "number_out_of_range"),
    (b'{"id": 1, "id": 1}', "duplicate_key"),
    (b'{"id": 1, "name": {"a": 1, "a": 2}}', "duplicate_key"),
    (b'{"id": 1, "name": "\\ud800"}', "not_unicode"),
    (b"[" * 200_000, "nested_too_deeply"),
    (b'{"id": ' + b"[" * 200_000, "nested_too_deeply"),
    (b'{"a":' * 100_000, "nested_too_deeply"),
    (b'{"id": 1, "name": "%s"}' % (b"x" * MAX_BYTES), "too_large"),
]


@pytest.mark.parametrize(("raw", "reason"), POISON, ids=lambda value: repr(value[:30]))
def test_poison_is_kept_whole_with_its_reason(raw, reason):
    with pytest.raises(PoisonMessageError) as caught:
        decode(encoded(raw), TABLE)
    assert (caught.value.reason, caught.value.raw) == (reason, raw)


@pytest.mark.parametrize("text", ["***", "e30", "e3 0=", "e30=\n", "ｅ３０＝", "-_-_"])  # noqa: RUF001 - wide digits are the case
def test_text_that_is_not_base64_is_kept_as_it_came(text):
    with pytest.raises(PoisonMessageError) as caught:
        decode(text, TABLE)
    assert (caught.value.reason, caught.value.raw) == ("not_base64", text.encode())


def test_the_largest_record_is_one_of_a_mebibyte():
    frame = len(b'{"id": 1, "name": ""}')
    raw = b'{"id": 1, "name": "%s"}' % (b"x" * (MAX_BYTES - frame))
    assert len(decode(encoded(raw), TABLE)["name"]) == MAX_BYTES - frame


@given(
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.none() | st.text(),
    st.booleans(),
)
def test_every_record_survives(number, name, ascii_only):
    raw = json.dumps({"id": number, "name": name}, ensure_ascii=ascii_only).encode()
    assert decode(encoded(raw), TABLE) == {"id": str(number), "name": name}


@given(st.binary())
@example(b'{"id":0,"name":""}')
def test_any_bytes_are_a_record_of_the_contract_or_poison(raw):
    """Hypothesis also tries the constants of our sources, some of which are records."""
    found = record_or_poison(raw)
    if isinstance(found, PoisonMessageError):
        assert found.raw == raw
    else:
        sent = json.loads(raw)
        assert found == {"id": str(sent["id"]), "name": sent.get("name")}


def record_or_poison(raw):
    try:
        return decode(encoded(raw), TABLE)
    except PoisonMessageError as poison:
        return poison


def test_the_columns_come_from_the_contract_alone():
    """A column that an adopter adds to the schema file is validated without a change of code."""
    table = Contract(
        (
            Column("price", "FLOAT", required=True, description=""),
            Column("sold", "BOOLEAN", required=False, description=""),
        )
    )
    assert decode(encoded(b'{"price": 2}'), table) == {"price": 2.0, "sold": None}
    assert decode(encoded(b'{"price": 0.5, "sold": true}'), table) == {"price": 0.5, "sold": True}
    for raw, reason in (
        (b'{"price": 1e999}', "number_out_of_range"),
        (b'{"price": %s}' % (b"9" * 400), "number_out_of_range"),
        (b'{"price": true}', "wrong_type"),
        (b'{"price": 1, "sold": 1}', "wrong_type"),
        (b'{"id": 1}', "unknown_field"),
    ):
        with pytest.raises(PoisonMessageError, match=reason):
            decode(encoded(raw), table)
