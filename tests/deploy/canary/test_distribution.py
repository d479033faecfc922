"""Histograms are counted exactly at a bound, never too low within a bucket, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from deploy.canary.distribution import Distribution, above
from deploy.canary.metrics import Count, SourceError


def distribution(counts, **options):
    counts = [str(count) for count in counts]
    total = str(sum(map(int, counts)))
    return Distribution(count=total, bucketOptions=options, bucketCounts=counts)


EXPLICIT = {"explicitBuckets": {"bounds": [100, 300, 500]}}
# 1, 2, 4 ... 256, 512: 300 lies within a bucket.
EXPONENTIAL = {"exponentialBuckets": {"numFiniteBuckets": 9, "growthFactor": 2, "scale": 1}}
LINEAR = {"linearBuckets": {"numFiniteBuckets": 4, "width": 100, "offset": 100}}


@pytest.mark.parametrize(
    ("counts", "options", "bad"),
    [
        ([5, 6, 7, 8], EXPLICIT, 15),
        ([5, 6], EXPLICIT, 0),
        ([0, 0, 0, 9], EXPLICIT, 9),
        ([0] * 8 + [3, 4, 5], EXPONENTIAL, 9),
        # Below 100, to 200, to 300, to 400, to 500, above.
        ([1, 2, 3, 4, 5, 6], LINEAR, 15),
    ],
)
def test_what_may_be_at_the_threshold_or_above_is_counted(counts, options, bad):
    assert above(distribution(counts, **options), 300) == Count(sum(counts), bad)


def test_no_values_are_no_values():
    assert above(Distribution(), 300) == Count(0, 0)
    assert above(Distribution(count="0", bucketOptions=EXPLICIT), 300) == Count(0, 0)


@given(st.lists(st.floats(0, 1000), min_size=1), st.floats(1, 1000))
def test_it_is_never_too_low(values, threshold):
    bounds = [10.0, 50.0, 250.0, 300.0, 900.0]
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[sum(1 for bound in bounds if bound <= value)] += 1
    counted = above(distribution(counts, explicitBuckets={"bounds": bounds}), threshold)
    exact = sum(1 for value in values if value >= threshold)
    assert counted.total == len(values)
    assert counted.bad >= exact
    if threshold in bounds:
        assert counted.bad == exact


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {**EXPLICIT, **LINEAR},
        {"explicitBuckets": {"bounds": [300, 100]}},
        {"explicitBuckets": {"bounds": [100, 100]}},
        {"explicitBuckets": {"bounds": [NAN, 100]}},
        {"explicitBuckets": {"bounds": [100, INFINITY]}},
        {"linearBuckets": {"numFiniteBuckets": 4, "width": 0}},
        {"linearBuckets": {"numFiniteBuckets": 4, "width": -1}},
        {"exponentialBuckets": {"numFiniteBuckets": 4, "growthFactor": 1, "scale": 1}},
        {"exponentialBuckets": {"numFiniteBuckets": 900, "growthFactor": 1e9, "scale": 1}},
        {"exponentialBuckets": {"numFiniteBuckets": 4, "growthFactor": NAN, "scale": 1}},
    ],
    ids=repr,
)
def test_bounds_that_do_not_rise_are_refused(options):
    with pytest.raises(SourceError):
        above(distribution([1, 2], **options), 300)


@pytest.mark.parametrize(
    ("count", "counts"), [("3", ["1", "1"]), ("1", []), ("1", ["1", "1"]), ("5", ["1"] * 5)]
)
def test_buckets_that_contradict_the_count_are_refused(count, counts):
    """Without them, a hundred slow requests would be none."""
    with pytest.raises(SourceError, match="contradict"):
        above(Distribution(count=count, bucketOptions=EXPLICIT, bucketCounts=counts), 300)


@pytest.mark.parametrize("count", ["-1", "1.5", "", "1e3", "٣", "9" * 16, "1\n", 7, None, True])
def test_a_count_is_plain_digits_as_text(count):
    with pytest.raises(ValidationError):
        Distribution(count=count)
