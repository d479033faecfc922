"""A second is a minute, counters never decrease, and what was not seen stays a gap."""

import math

from hypothesis import given
from hypothesis import strategies as st

from local.observation import series
from tests.local.observation.lines import sample

NAMES = ('requests{code="2xx"}', 'requests{code="5xx"}')


@st.composite
def recordings(draw):
    """Samples of seconds in order, some missed, of counters that are born and grow."""
    seconds = sorted(draw(st.sets(st.integers(0, 30), min_size=1)))
    totals, found = {}, []
    for number in seconds:
        for name in NAMES:
            gained = draw(st.integers(0, 9))
            if gained or name in totals:
                totals[name] = totals.get(name, 0) + gained
        found.append(sample(number, dict(totals), {"depth": draw(st.integers(0, 500))}))
    return found


def parsed(values):
    return [math.nan if each == series.GAP else float(each) for each in values.split(" ")]


@given(recordings())
def test_each_second_is_a_minute_and_counters_never_decrease(samples):
    seen = {each.number for each in samples}
    rendered = dict(series.render(samples, 0, 31))
    for name, values in rendered.items():
        points = parsed(values)
        assert len(points) == 31
        known = [point for point in points if not math.isnan(point)]
        if name != "depth":
            assert known == sorted(known)
        for number, point in enumerate(points):
            if number not in seen:
                assert math.isnan(point)
    for each in samples:
        assert parsed(rendered["depth"])[each.number] == each.gauges["depth"]


@given(recordings())
def test_a_counter_gains_in_all_what_was_counted_since_the_first_sample(samples):
    rendered = dict(series.render(samples, 0, 31))
    for name in NAMES:
        first, last = (each.counters.get(name, 0) for each in (samples[0], samples[-1]))
        known = [each for each in parsed(rendered.get(name, series.GAP)) if not math.isnan(each)]
        assert (known[-1] - known[0] if known else 0) == last - first


@given(recordings(), st.integers(0, 15), st.integers(16, 31))
def test_a_part_of_a_recording_is_that_part_of_its_series(samples, start, end):
    part = dict(series.render(samples, start, end))
    whole = parsed(dict(series.render(samples, 0, 31))["depth"])[start:end]
    if not all(math.isnan(each) for each in whole):
        assert str(parsed(part["depth"])) == str(whole)


def test_a_counter_is_born_with_a_zero_before_it_and_none_where_nothing_was_seen():
    samples = [sample(0), sample(3, {"x": 7.0}), sample(4, {"x": 7.5})]
    assert dict(series.render(samples, 0, 6)) == {"x": "0 _ _ 7.0 7.5 _"}
    assert dict(series.render(samples[1:], 3, 5)) == {"x": "7.0 7.5"}
