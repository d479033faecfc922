"""A `traceparent` is read to the letter, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.traceparent import Remote, parse
from tests.traceparents import HOSTILE, SPAN, TRACE


@pytest.mark.parametrize("flags", ["00", "01", "02", "ff"])
def test_it_names_a_span_whatever_the_flags(flags):
    """There is no place for them: nobody can act on what nobody has."""
    assert parse(f"00-{TRACE}-{SPAN}-{flags}") == Remote(TRACE, SPAN)
    assert Remote.__slots__ == ("trace_id", "span_id")


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_anything_else_names_none(raw):
    assert parse(raw) is None


@given(st.text() | st.text("0123456789abcdef-", min_size=50, max_size=60))
def test_what_is_named_is_what_was_sent(raw):
    named = parse(raw)
    assert named is None or raw.startswith(f"00-{named.trace_id}-{named.span_id}-")
