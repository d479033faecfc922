"""The bill grows with its volume, never falls below nothing, and stays below its worst case."""

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitoring.cost import bill, usage
from monitoring.cost.prices import Prices
from monitoring.cost.volume import Volume
from monitoring.durations import MONTH_S
from monitoring.throughput import Throughput

THROUGHPUT, PRICES = Throughput(), Prices.read()
MOST_MESSAGES = int(THROUGHPUT.messages_per_s * MONTH_S)
MOST_READS = int(THROUGHPUT.reads_per_s * MONTH_S)

volumes = st.builds(
    Volume,
    messages=st.integers(0, MOST_MESSAGES),
    reads=st.integers(0, MOST_READS),
    message_bytes=st.integers(1, 100_000),
    lookback_s=st.integers(0, 604_800),
    distinct=st.integers(0, 100).map(lambda percent: Decimal(percent) / 100),
    load_balancer=st.booleans(),
    hsm=st.booleans(),
)


def total(volume):
    return bill.total(bill.expected(volume, THROUGHPUT), PRICES)


@given(volumes)
def test_no_line_is_negative_and_each_has_a_price(volume):
    charges = bill.charges(bill.expected(volume, THROUGHPUT), PRICES)
    assert all(charge >= 0 for charge in charges.values())
    assert all(isinstance(charge, Decimal) for charge in charges.values())


@settings(max_examples=50)
@given(volumes, st.integers(0, MOST_MESSAGES), st.integers(0, MOST_READS))
def test_more_is_never_cheaper(volume, messages, reads):
    more_messages = dataclasses.replace(volume, messages=volume.messages + messages)
    more_reads = dataclasses.replace(volume, reads=volume.reads + reads)
    assert total(volume) <= total(more_messages)
    assert total(volume) <= total(more_reads)


@pytest.mark.parametrize(
    "dearer",
    [
        {"message_bytes": 5000},
        {"lookback_s": 86400},
        {"response_bytes": 10**8},
        {"load_balancer": True},
        {"hsm": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_costs_more_is_dearer(dearer):
    assert total(dataclasses.replace(Volume(), **dearer)) > total(Volume())


@settings(max_examples=50)
@given(volumes)
@example(dataclasses.replace(Volume(), reads=MOST_READS, lookback_s=604_800))
def test_the_worst_month_is_no_less_than_any_that_the_limits_allow(volume):
    expected = bill.charges(bill.expected(volume, THROUGHPUT), PRICES)
    worst = bill.charges(bill.worst(volume, THROUGHPUT), PRICES)
    assert all(worst[name] >= charge for name, charge in expected.items())


def test_the_daily_quota_bounds_what_queries_cost():
    worst = bill.worst(Volume(), THROUGHPUT)["bigquery_queries"]
    assert worst == Decimal(THROUGHPUT.quotas.value("bigquery_scanned")) * 30
    assert bill.charges({"bigquery_queries": worst}, PRICES)["bigquery_queries"] == Decimal(
        "37493.75"
    )


def test_fewer_instances_bound_more():
    configured = THROUGHPUT.configured
    function = dataclasses.replace(configured.function, max_instances=1)
    smaller = dataclasses.replace(
        THROUGHPUT, configured=dataclasses.replace(configured, function=function)
    )
    assert bill.total(bill.worst(Volume(), smaller), PRICES) < bill.total(
        bill.worst(Volume(), THROUGHPUT), PRICES
    )


@pytest.mark.parametrize("used", [0, 1, 1_999_999, 2_000_000])
def test_what_is_free_costs_nothing(used):
    assert PRICES["run_requests"].charge(Decimal(used)) == 0


def test_what_is_not_free_costs_what_the_list_says():
    assert PRICES["run_requests"].charge(Decimal(3_000_000)) == Decimal("0.4")
    assert PRICES["pubsub_delivery"].charge(Decimal(2**40 + 10 * 2**30)) == 40


def test_a_subscription_is_not_dearer_from_the_first_message():
    other = bill.break_even(Volume(), THROUGHPUT, PRICES, usage.subscription)
    assert other == 1


def test_dataflow_is_dearer_below_its_break_even_and_not_above():
    even = bill.break_even(Volume(), THROUGHPUT, PRICES, usage.dataflow)
    assert even is not None
    for messages, cheaper in ((even - 1, False), (even, True), (even * 2, True)):
        load = Volume(messages=messages)
        flow, mine = usage.dataflow(load), usage.function(load, THROUGHPUT)
        topic = usage.publishing(load, THROUGHPUT)
        costs = [bill.total(usage.together(topic, each), PRICES) for each in (flow, mine)]
        assert (costs[0] <= costs[1]) is cheaper


@given(st.integers(1, 10**12), st.integers(1000, 100_000))
def test_dataflow_is_never_cheaper_than_the_subscription(messages, size):
    load = Volume(messages=messages, message_bytes=size)
    topic = usage.publishing(load, THROUGHPUT)
    flow, direct = (
        bill.total(usage.together(topic, each), PRICES)
        for each in (usage.dataflow(load), usage.subscription(load))
    )
    assert flow > direct


def test_a_way_that_is_always_dearer_has_no_break_even():
    def dear(volume):
        return {"internet": Decimal(volume.messages) * 10**6}

    assert bill.break_even(Volume(), THROUGHPUT, PRICES, dear) is None
