"""What promtool accepts and Cloud Monitoring would refuse or never fire is found before."""

import pytest

from monitoring import catalogue, lint, rules

CATALOGUE = catalogue.read()
NAME = "run_googleapis_com:request_count"
COUNT = 'run_googleapis_com:request_count{monitored_resource="cloud_run_revision"}'
LOGGED = 'logging_googleapis_com:user_api_fast{monitored_resource="cloud_run_revision"}'
DEAD = (
    "pubsub_googleapis_com:subscription_dead_letter_message_count"
    '{monitored_resource="pubsub_subscription"}'
)
WAITING = (
    "pubsub_googleapis_com:subscription_num_undelivered_messages"
    '{monitored_resource="pubsub_subscription"}'
)


def complaints(expr, **changes):
    file = rules.read()
    group = file.groups[0]
    rule = group.rules[0].model_copy(update={"alert": "It", "expr": expr, "for_": "0s"} | changes)
    one = file.model_copy(update={"groups": [group.model_copy(update={"rules": [rule]})]})
    return list(lint.complaints(one, CATALOGUE))


def test_the_rules_are_clean():
    assert list(lint.complaints(rules.read(), CATALOGUE)) == []


@pytest.mark.parametrize(
    "expr",
    [
        f"sum(increase({COUNT}[5m])) > 1",
        f"sum(rate({LOGGED}[10m])) > 1",
        f"max({WAITING}) > 1",
        f"max(max_over_time({WAITING}[5m])) > 1 unless vector(1)",
    ],
)
def test_a_good_rule_is_clean(expr):
    assert complaints(expr) == []


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        (f"sum(increase({COUNT}[4m])) > 1", "5:00 is the shortest"),
        (f"sum(increase({LOGGED}[9m])) > 1", "10:00 is the shortest"),
        (f"sum(increase({DEAD}[9m])) > 1", "10:00 is the shortest"),
        (f"sum(increase({COUNT}[10m:1m])) > 1", "subquery"),
        (f"max_over_time(sum(increase({COUNT}[5m]))[10m:1m]) > 1", "subquery"),
        (f"sum(increase({COUNT}[5m])) > 1 # why", "# has no place"),
        ("sum(increase(x{a='b'}[5m])) > 1", "' has no place"),
        (f"sum(increase({COUNT}[5m] offset 5m)) > 1", "another time"),
        (f"max({WAITING} @ 5) > 1", "another time"),
        (f"sum({COUNT}) > 1", "DELTA"),
        (f"sum(increase({WAITING}[5m])) > 1", "GAUGE"),
        (f"sum(max_over_time({COUNT}[5m])) > 1", "DELTA"),
        (f"sum(deriv({WAITING}[5m])) > 1", "deriv()"),
        (f"mad_over_time({WAITING}[5m]) > 1", "mad_over_time()"),
        ("sum(increase(up[5m])) > 1", "up is not in metrics.yaml"),
        ('sum(increase({__name__=~"run.*"}[5m])) > 1', "without a name is not in"),
        ('sum(increase({monitored_resource="x"}[5m])) > 1', "without a name is not in"),
        (
            f"sum(increase({COUNT.replace('request_count', 'requests_count')}[5m])) > 1",
            "requests_count is not in",
        ),
        (f"sum(increase({COUNT.replace('cloud_run_revision', 'x')}[5m])) > 1", "needs monitored"),
        (f"sum(increase({COUNT.replace('=', '=~')}[5m])) > 1", "needs monitored_resource"),
        (f"sum(increase({NAME}[5m])) > 1", "needs monitored_resource"),
        (f'sum(increase({COUNT[:-1]},host="a"}}[5m])) > 1', "no label host"),
        ("sum(", "no PromQL"),
        (f"rate({WAITING}) > 1", "no PromQL"),
    ],
)
def test_a_rule_that_would_not_work_is_found(expr, said):
    found = complaints(expr)
    assert any(said in complaint for complaint in found), found
    assert all(complaint.startswith("It: ") for complaint in found)


@pytest.mark.parametrize(
    ("window", "for_", "clean"), [("25h", "5m", True), ("26h", "5m", False), ("3d", "0s", True)]
)
def test_a_rule_that_looks_far_back_has_no_duration(window, for_, clean):
    found = complaints(f"sum(increase({COUNT}[{window}])) > 1", for_=for_)
    assert (found == []) == clean


@pytest.mark.parametrize("interval", ["0s", "45s", "10s"])
def test_an_interval_that_cloud_monitoring_refuses_is_found(interval):
    file = rules.read()
    group = file.groups[0].model_copy(update={"interval": interval})
    one = file.model_copy(update={"groups": [group]})
    assert list(lint.complaints(one, CATALOGUE)) == ["api: an interval is a multiple of 30 s"]


def test_two_rules_of_one_name_are_found():
    file = rules.read()
    twice = file.model_copy(update={"groups": [file.groups[0], file.groups[0]]})
    assert "ApiMeanLatencyHigh: more than one rule has this name" in lint.complaints(
        twice, CATALOGUE
    )
