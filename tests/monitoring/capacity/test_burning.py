"""Calls come when the burn rates say so, once for an incident, and not without a reason."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import objectives
from monitoring.capacity import burning
from monitoring.capacity.delivery import STEP_S

PROMISES = objectives.read()
(AVAILABILITY,) = [each for each in PROMISES.objectives if each.name == "api_availability"]
HOUR, DAY = 3600 // STEP_S, 86400 // STEP_S
PER_STEP = 1000


def traffic(days, *bad):
    """Make a thousand events a step; of those of (first step, steps) a share is bad."""
    total = np.full(days * DAY, PER_STEP, dtype=np.int64)
    wrong = np.zeros_like(total)
    for begin, length, share in bad:
        wrong[begin : begin + length] = round(PER_STEP * share)
    return wrong, total


def calls(severity, wrong, total):
    return burning.calls(PROMISES, AVAILABILITY, severity, wrong, total)


@pytest.mark.parametrize("severity", ["page", "ticket"])
@pytest.mark.parametrize("share", [0.0, 0.0005, 0.001], ids=str)
def test_within_the_budget_nobody_is_called(severity, share):
    assert calls(severity, *traffic(10, (0, 10 * DAY, share))) == []


def test_an_outage_calls_within_minutes_and_once():
    wrong, total = traffic(4, (3 * DAY, HOUR // 2, 1.0))
    (at,) = calls("page", wrong, total)
    assert 60 <= at - 3 * 86400 <= 120


def test_two_percent_call_when_the_long_window_has_seen_enough():
    """A fiftieth is twenty budgets: 14.4 of twenty are 43 minutes of an hour."""
    (at,) = calls("page", *traffic(2, (DAY, 3 * HOUR, 0.02)))
    assert 43 * 60 <= at - 86400 <= 45 * 60


def test_a_slow_burn_is_a_ticket_and_no_page():
    slow = traffic(20, (10 * DAY, 9 * DAY, 0.002))
    assert calls("page", *slow) == []
    assert len(calls("ticket", *slow)) == 1


def test_two_outages_are_two_calls():
    apart = traffic(6, (2 * DAY, HOUR // 2, 1.0), (4 * DAY, HOUR // 2, 1.0))
    assert len(calls("page", *apart)) == 2


def test_fewer_bad_than_the_fewest_call_nobody():
    few = PROMISES.fewest_bad - 1
    total = np.zeros(3 * DAY, dtype=np.int64)
    total[:: HOUR // 10] = 1
    wrong = np.zeros_like(total)
    wrong[2 * DAY : 2 * DAY + few * (HOUR // 10) : HOUR // 10] = 1
    assert wrong.sum() == few
    assert calls("page", wrong, total) == []
    assert calls("ticket", wrong, total) == []


@given(st.integers(0, 3 * DAY))
def test_no_traffic_calls_nobody(steps):
    nothing = np.zeros(steps, dtype=np.int64)
    assert calls("page", nothing, nothing) == calls("ticket", nothing, nothing) == []
    assert burning.budget_left(AVAILABILITY, nothing, nothing) == 1


def test_the_budget_is_that_of_the_worst_month():
    wrong, total = traffic(90, (40 * DAY, DAY, 0.015))
    assert burning.budget_left(AVAILABILITY, wrong, total) == pytest.approx(0.5)
    assert AVAILABILITY.budget == Decimal("0.001")
