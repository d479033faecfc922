"""Scenarios come to what can be said of them beforehand."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.capacity import outcome, traffic
from monitoring.capacity.delivery import STEP_S
from monitoring.capacity.traffic import Scenario
from monitoring.throughput import Throughput

THROUGHPUT = Throughput()
DAYS = 14
CALM = outcome.run(Scenario(name="calm"), THROUGHPUT, days=DAYS)
TEN_MINUTES = Scenario(name="ten minutes", outage="bigquery", outage_s=600)


def same(one, other):
    return all(
        np.array_equal(getattr(one.course, field.name), getattr(other.course, field.name))
        for field in dataclasses.fields(one.course)
    )


def test_a_calm_month_calls_nobody_and_leaves_all_budgets():
    assert not any(CALM.pages.values())
    assert not any(CALM.tickets.values())
    assert set(CALM.budget_left.values()) == {1.0}
    assert CALM.drained_s is CALM.first_page_s is None
    assert CALM.course.stored.sum() == CALM.course.published.sum()


def test_an_outage_of_no_length_is_the_calm_month():
    none = outcome.run(Scenario(name="none", outage="bigquery", outage_s=0), THROUGHPUT, days=DAYS)
    assert same(CALM, none)
    assert none.pages == CALM.pages
    assert (none.drained_s, none.first_page_s) == (0, None)


def test_the_same_seed_is_the_same_month_and_another_is_another():
    again = outcome.run(Scenario(name="calm"), THROUGHPUT, days=DAYS)
    other = outcome.run(Scenario(name="calm"), THROUGHPUT, days=DAYS, seed=2)
    assert same(CALM, again)
    assert not same(CALM, other)


def test_the_mean_load_is_the_base_load():
    assert CALM.course.published.mean() / STEP_S == pytest.approx(
        traffic.BASE_MESSAGES_PER_S, rel=0.01
    )


def test_no_traffic_sends_no_page_whatever_fails():
    silent = Scenario(name="silent", messages=0, reads=0, outage="bigquery", outage_s=86400)
    run = outcome.run(silent, THROUGHPUT, days=DAYS)
    assert not any(run.pages.values())
    assert not any(run.tickets.values())
    assert set(run.budget_left.values()) == {1.0}


def test_without_bigquery_readers_call_at_once_and_messages_wait_for_their_pause():
    run = outcome.run(TEN_MINUTES, THROUGHPUT, days=DAYS)
    assert len(run.pages["api_availability"]) == 1
    assert run.first_page_s <= 120
    assert 0 < run.drained_s <= THROUGHPUT.configured.maximum_backoff_s
    assert run.course.dead.sum() == 0
    assert run.course.backlog.max() == pytest.approx(600 * 19, rel=0.05)


def test_what_reaches_no_service_is_in_no_metric_and_costs_the_budget_all_the_same():
    hour = Scenario(name="hour", outage="region", outage_s=3600)
    run = outcome.run(hour, THROUGHPUT, days=DAYS)
    assert run.pages["api_availability"] == []
    assert run.budget_left["api_availability"] < 0


def test_an_outage_longer_than_all_attempts_makes_dead_letters():
    longer = Scenario(name="longer", outage="bigquery", outage_s=8_430 + 600)
    run = outcome.run(longer, THROUGHPUT, days=DAYS)
    assert 0 < run.course.dead.sum() < run.course.published.sum()


@settings(max_examples=10)
@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 7200))
def test_more_instances_never_drain_later(instances, more, outage_s):
    scenario = Scenario(
        name="x", messages=80, outage="bigquery", outage_s=outage_s, outage_at_s=43200
    )
    few, many = (
        outcome.run(scenario, _with(count), days=1) for count in (instances, instances + more)
    )
    assert many.drained_s <= few.drained_s
    assert many.budget_left["ingest_freshness"] >= few.budget_left["ingest_freshness"]


def _with(instances):
    configured = THROUGHPUT.configured
    function = dataclasses.replace(configured.function, max_instances=instances)
    return dataclasses.replace(
        THROUGHPUT, configured=dataclasses.replace(configured, function=function)
    )
