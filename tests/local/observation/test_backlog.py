"""What waits is what was published and has no outcome, in whatever order one learns of both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.observation.backlog import Waiting

ORDERS = st.permutations([(kind, name) for name in "abcd" for kind in ("publish", "settle")])


@given(ORDERS)
def test_in_any_order_nothing_is_left_of_what_was_settled(steps):
    waiting = Waiting()
    for kind, name in (*steps, ("publish", "e")):
        if kind == "settle":
            waiting.settle(name)
        else:
            waiting.publish(name, 10.0, ("10", b""))
    assert waiting.look(12.0) == (1, 2.0)


def test_the_oldest_counts_and_a_clock_that_goes_back_makes_no_negative_age():
    waiting = Waiting()
    assert waiting.look(5.0) == (0, 0.0)
    waiting.publish("1", 10.0, ("10", b""))
    waiting.publish("2", 8.0, ("8", b""))
    assert waiting.look(11.0) == (2, 3.0)
    assert waiting.look(7.0) == (2, 0.0)


@pytest.mark.parametrize(("data", "left"), [(b"x", 0), (b"other", 1)])
def test_a_dead_letter_waits_no_more_among_the_records(data, left):
    waiting = Waiting()
    waiting.publish("1", 10.0, ("10.000000", b"x"))
    waiting.bury(("10.000000", data))
    assert waiting.look(11.0)[0] == left
    assert waiting.dead == 1


def test_a_message_that_is_committed_twice_does_not_wait_again():
    waiting = Waiting()
    waiting.publish("1", 10.0, ("10", b""))
    for _ in range(2):
        waiting.settle("1")
    assert waiting.look(11.0)[0] == 0
