"""The model loses no message and invents none, and what is better never makes it worse."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitoring.capacity.delivery import STEP_S, Limits, deliver

STEPS = 240
ROWS = 50


def limits(rows=ROWS, attempts=20, push_s=0.1):
    return Limits(
        rows_per_step=rows,
        push_s=push_s,
        late_after_s=60.0,
        minimum_backoff_s=10.0,
        maximum_backoff_s=600.0,
        max_attempts=attempts,
        full_window=3000,
    )


def counts(values):
    return np.array(values, dtype=np.int64)


def outages(*pairs, steps=STEPS):
    mask = np.zeros(steps, dtype=np.bool_)
    for begin, length in pairs:
        mask[begin : begin + length] = True
    return mask


traffic = st.lists(st.integers(0, 120), min_size=STEPS, max_size=STEPS).map(counts)
failures = st.lists(st.tuples(st.integers(0, STEPS), st.integers(0, 90)), max_size=3).map(
    lambda pairs: outages(*pairs)
)
attempts = st.integers(2, 20)


@given(traffic, failures, attempts, st.integers(1, 100))
def test_what_was_published_is_stored_dead_or_waiting_in_each_step(published, failing, most, rows):
    course = deliver(published, failing, limits(rows, most))
    for part in (course.stored, course.dead, course.late, course.backlog, course.oldest_s):
        assert (part >= 0).all()
    gone = np.cumsum(course.stored + course.dead)
    assert (np.cumsum(published) == gone + course.backlog).all()
    assert (course.late <= course.stored).all()
    assert ((course.oldest_s > 0) == (course.backlog > 0)).all()
    assert (course.stored[failing] == 0).all()
    assert (course.dead[~failing] == 0).all()
    assert (course.stored <= rows).all()


@given(traffic, failures, st.integers(1, 100), st.integers(1, 100))
def test_more_instances_never_store_later(published, failing, rows, more):
    few = deliver(published, failing, limits(rows))
    many = deliver(published, failing, limits(rows + more))
    assert (many.backlog <= few.backlog).all()
    assert (np.cumsum(many.stored) + np.cumsum(many.dead) >= np.cumsum(few.stored)).all()


@given(traffic, st.integers(0, STEPS), attempts)
def test_an_outage_of_no_length_changes_nothing(published, begin, most):
    calm = deliver(published, outages(), limits(attempts=most))
    same = deliver(published, outages((begin, 0)), limits(attempts=most))
    assert (calm.stored == same.stored).all()
    assert (calm.backlog == same.backlog).all()


@given(failures)
def test_no_traffic_leaves_nothing_behind(failing):
    course = deliver(counts([0] * STEPS), failing, limits())
    assert not (course.stored + course.dead + course.backlog).any()


@given(traffic, failures, attempts)
def test_the_same_gives_the_same(published, failing, most):
    first, second = (deliver(published, failing, limits(attempts=most)) for _ in range(2))
    assert (first.stored == second.stored).all()
    assert (first.oldest_s == second.oldest_s).all()


@given(traffic)
@example(counts([ROWS] * STEPS))
def test_what_fits_is_stored_at_once(published):
    course = deliver(np.minimum(published, ROWS), outages(), limits())
    assert not course.backlog.any()
    assert not course.late.any()


@pytest.mark.parametrize(
    ("failures_before", "pause_s"),
    [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 320), (7, 600), (20, 600)],
)
def test_the_pause_doubles_up_to_its_limit(failures_before, pause_s):
    assert limits().pause_steps(failures_before) * STEP_S == pause_s


def test_one_message_comes_again_when_its_pause_is_over():
    """It fails at 0, 10, 30, 70 and 150 s; the next attempt is at 310 s, long after the outage."""
    published = counts([1] + [0] * (STEPS - 1))
    course = deliver(published, outages((0, 16)), limits())
    (stored,) = np.flatnonzero(course.stored)
    assert stored * STEP_S == 310
    assert course.late.sum() == 1
    assert course.oldest_s.max() == 310


def test_the_last_attempt_is_the_one_that_terraform_says():
    """Twenty attempts are spread over 8,430 s, so an outage must be as long to kill a message."""
    steps = 1000
    published = counts([1] + [0] * (steps - 1))
    shorter = deliver(published, outages((0, 843), steps=steps), limits())
    longer = deliver(published, outages((0, 844), steps=steps), limits())
    assert (shorter.dead.sum(), shorter.stored.sum()) == (0, 1)
    assert (longer.dead.sum(), longer.stored.sum()) == (1, 0)


def test_after_an_outage_the_window_opens_step_by_step():
    """Five at a time, each 1 s long, are fifty in a step of ten seconds; then a hundred."""
    published = counts([0, 10_000, 0, 0, 0, 0, 0, 0, 0, 0])
    course = deliver(published, outages((1, 1), steps=10), limits(rows=10_000, push_s=1.0))
    assert course.stored.tolist() == [0, 0, 50, 100, 200, 400, 800, 1600, 3200, 3650]
