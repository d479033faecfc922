"""A look of another day decides nothing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from deploy.nightly import freshness
from deploy.nightly.errors import NotSeenError

NOW = datetime(2026, 12, 31, 2, 41, tzinfo=UTC)


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=2), timedelta(minutes=-5)])
def test_a_look_of_the_same_night_counts(age):
    freshness.check(freshness.written(NOW - age), NOW)


def test_it_is_written_in_the_one_zone():
    there = timezone(timedelta(hours=9))
    assert freshness.written(NOW.astimezone(there)) == "2026-12-31T02:41:00+00:00"


@pytest.mark.parametrize(
    "age", [timedelta(hours=2, seconds=1), timedelta(days=30), timedelta(minutes=-6)]
)
def test_another_one_does_not(age):
    with pytest.raises(NotSeenError, match="re-run all jobs"):
        freshness.check(freshness.written(NOW - age), NOW)


@pytest.mark.parametrize("raw", ["", "yesterday", "2026-12-31T02:41:00", "0", "[]", "9" * 9999])
def test_a_time_that_is_none_is_no_time(raw):
    with pytest.raises(NotSeenError, match="when it was looked at"):
        freshness.check(raw, NOW)
