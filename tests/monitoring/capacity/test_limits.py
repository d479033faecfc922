"""Limits come in the order of the load that reaches them, and follow what is configured."""

import dataclasses

import pytest

from monitoring.capacity import limits, traffic
from monitoring.cost.prices import Prices
from monitoring.throughput import Throughput

THROUGHPUT, PRICES = Throughput(), Prices.read()
FOUND = limits.ordered(THROUGHPUT, PRICES)


def factor(name, **changes):
    configured = dataclasses.replace(THROUGHPUT.configured, **changes)
    found = limits.ordered(dataclasses.replace(THROUGHPUT, configured=configured), PRICES)
    (limit,) = [each for each in found if each.name == name]
    return limit.factor


def test_the_first_to_come_is_the_first():
    factors = [limit.factor for limit in FOUND]
    assert factors == sorted(factors)
    assert all(1 / limits.HIGHEST < each < limits.HIGHEST for each in factors)


def test_instances_end_at_what_they_store_at_the_peak():
    service = THROUGHPUT.configured.function
    stored = service.threads / THROUGHPUT.push_s * service.max_instances
    peak = traffic.BASE_MESSAGES_PER_S * traffic.PEAK
    assert factor("the function's instances") == pytest.approx(stored / peak)


def test_where_processors_are_slower_than_threads_they_count():
    slow = dataclasses.replace(THROUGHPUT, push_cpu_s=0.1)
    assert slow.messages_per_s == pytest.approx(10 * THROUGHPUT.configured.function.max_instances)


@pytest.mark.parametrize(
    ("name", "field", "times"),
    [
        ("a read without `since`", "max_bytes_billed", 2),
        ("a read of the last hour", "max_bytes_billed", 2),
        ("one caller, at one instance", "rate_limit_per_minute", 2),
        ("one address, at the load balancer", "requests_per_minute_per_ip", 2),
    ],
)
def test_twice_the_setting_is_twice_the_load(name, field, times):
    doubled = factor(name, **{field: getattr(THROUGHPUT.configured, field) * times})
    assert doubled == pytest.approx(factor(name) * times, rel=0.01)


def test_a_shorter_window_for_repetitions_lets_all_four_limits_of_reading_come_later():
    for name in (
        "a read without `since`",
        "a read of the last hour",
        "bytes that queries read",
        "the budget (it only warns)",
    ):
        assert factor(name, dedup_window_s=3600.0) > factor(name)


def test_each_load_names_what_it_has_reached():
    for load in limits.FACTORS:
        assert limits.reached(FOUND, load) == [each for each in FOUND if each.factor <= load]


def test_what_nobody_could_read_is_in_no_figure():
    quotas = THROUGHPUT.quotas
    unread = [name for name, quota in quotas.items() if quota.value is None]
    assert unread == ["bigquery_slots", "pubsub_pushed"]
    for name in unread:
        assert name not in {limit.source for limit in FOUND}
        with pytest.raises(LookupError):
            quotas.value(name)


def test_each_quota_has_a_page_of_google_and_a_day():
    for quota in THROUGHPUT.quotas.values():
        assert quota.url.startswith(("https://cloud.google.com/", "https://docs.cloud.google.com/"))
        assert quota.read.year >= 2026
