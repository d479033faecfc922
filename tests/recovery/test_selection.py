"""A filter takes what it names and nothing else."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from recovery.letter import Letter
from recovery.selection import Moment, Selection, attribute

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LETTER = Letter("not_json", "dead-letter:7", NOW, {"a": "b", "empty": ""}, "")


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ({}, True),
        ({"since": NOW}, True),
        ({"since": NOW + timedelta(microseconds=1)}, False),
        ({"until": NOW}, False),
        ({"reasons": frozenset({"not_json", "x"})}, True),
        ({"reasons": frozenset({"x"})}, False),
        ({"message_ids": frozenset({"7"})}, True),
        ({"message_ids": frozenset({"dead-letter:7"})}, True),
        ({"message_ids": frozenset({"77", "dead-letter:"})}, False),
        ({"attributes": (("a", "b"), ("empty", ""))}, True),
        ({"attributes": (("a", None), ("empty", None))}, True),
        ({"attributes": (("a", "b"), ("c", None))}, False),
        ({"attributes": (("a", "B"),)}, False),
        ({"attributes": (("a", ""),)}, False),
    ],
)
def test_a_letter_is_taken_by_all_that_is_asked(wanted, taken):
    bounds = {"since": NOW - HOUR, "until": NOW + HOUR}
    assert Selection(**{**bounds, **wanted}).takes(LETTER) is taken


@pytest.mark.parametrize(
    ("text", "pair"), [("a", ("a", None)), ("a=", ("a", "")), ("a=b=c", ("a", "b=c"))]
)
def test_an_attribute_is_a_name_and_maybe_a_value(text, pair):
    assert attribute(text) == pair


def test_a_moment_is_read_in_its_zone():
    assert Moment().convert("2026-12-01T01:00:00+01:00", None, None) == NOW
    assert Moment().convert(NOW, None, None) == NOW


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-12-01", "2026-12-01T00:00:00", "1e9", "0001-01-01T00:00:00+14:00"],
)
def test_a_moment_without_a_zone_is_refused_with_an_example(text):
    with pytest.raises(click.BadParameter, match="2026-12-01T00:00:00Z"):
        Moment().convert(text, None, None)
