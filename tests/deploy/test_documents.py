"""What a reader could understand in two ways, or not at all, is refused."""

import pytest
from pydantic import Field, ValidationError

from deploy.documents import (
    LARGEST_BYTES,
    Base64,
    Document,
    UnreadableError,
    read,
)


class Sample(Document):
    some_bytes: Base64
    some_names: dict[str, str] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"null", "no JSON object"),
        (b"[]", "no JSON object"),
        (b'{"a": 1', "no JSON"),
        (b'{"a": 1} {}', "no JSON"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -Infinity}', "-Infinity is no number"),
        (b'{"a": 1, "a": 1}', "a key is there twice"),
        (b'{"a": [{"b": {"c": 1, "c": 2}}]}', "a key is there twice"),
        (b'{"a": 1, "\\u0061": 2}', "a key is there twice"),
        (b'{"a": %s}' % (b"[" * 100_000), "no JSON"),
        (b'{"a": %s}' % (b"1" * 10_000), "no JSON"),
        (b'{"a": "%s"}' % (b"x" * LARGEST_BYTES), "larger than"),
    ],
)
def test_what_is_no_plain_object_is_refused(raw, reason):
    with pytest.raises(UnreadableError, match=reason):
        read(raw)


@pytest.mark.parametrize(
    "text", ["YQ", "YQ=", "Y Q==", "YQ==\n", "-_-_", "YQ==YQ==", "é", None, 1, b"YQ==", ["YQ=="]]
)
def test_what_is_no_whole_base64_is_refused(text):
    with pytest.raises(UnreadableError, match="Sample, someBytes"):
        Sample.of({"someBytes": text})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"someBytes": "YQ==", "else": 1}, "else: Extra inputs"),
        ({"some_bytes": "YQ=="}, "someBytes: Field required"),
        ({"someBytes": "YQ==", "someNames": {"x": 1}}, "someNames.x"),
        ({"someBytes": "YQ==", "someNames": []}, "someNames"),
        ([], "the whole"),
    ],
)
def test_what_has_another_shape_is_refused_by_the_name_of_the_field(values, reason):
    with pytest.raises(UnreadableError, match=reason):
        Sample.of(values)


def test_a_refusal_does_not_repeat_the_value():
    with pytest.raises(UnreadableError) as refused:
        Sample.of({"someBytes": "not-to-be-seen"})
    assert "not-to-be-seen" not in str(refused.value)


def test_a_document_is_written_as_it_was_read_and_cannot_be_changed():
    values = {"someBytes": "YWJj", "someNames": {"some_key": "x"}}
    sample = Sample.of(values)
    assert (sample.some_bytes, sample.json_values()) == (b"abc", values)
    with pytest.raises(ValidationError):
        sample.some_bytes = b"other"
