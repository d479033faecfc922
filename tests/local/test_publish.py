"""Nothing is published unless all of it is good, and the reason names the line."""

import pytest

from local import publish
from local.layout import LocalError


def test_each_line_is_a_message():
    lines = ['{"id": 1, "name": "é"}\n', "\n", ' {"id": 2} ']
    assert [message.data for message in publish.read(lines)] == [
        '{"id": 1, "name": "é"}'.encode(),
        b'{"id": 2}',
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [("{}", "missing_field"), ("x", "not_json"), ('{"id": "1"}', "wrong_type"), ("\udcff", "utf8")],
)
def test_the_first_bad_line_is_named(bad, reason):
    with pytest.raises(LocalError, match=rf"line 2 .*{reason}.*id, name"):
        publish.read(['{"id": 1}', bad, "worse"])


def test_who_wants_poison_gets_poison():
    assert [message.data for message in publish.read(["x"], unchecked=True)] == [b"x"]


@pytest.mark.parametrize("lines", [[], ["\n", "  "]])
def test_nothing_is_an_error_that_says_what_to_give(lines):
    with pytest.raises(LocalError, match="DATA="):
        publish.read(lines)
