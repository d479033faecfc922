"""Rules are broken in each place, all of it was noticed, and a sample is again."""

import json

import promql_parser
import pytest

from monitoring import mutants, mutation, promtool, rules

WHOLE = rules.read().rules
MUTANTS = list(mutants.of_rules(WHOLE))


def changes(alert):
    return [f"{m.kind} {m.change}" for m in MUTANTS if m.rule.alert == alert]


def test_a_rule_is_broken_in_each_place():
    resource = 'monitored_resource="pubsub_subscription"'
    subscription = 'subscription_id="data-ingest-subscription"'
    metric = "pubsub_googleapis_com:subscription_num_undelivered_messages"
    assert changes("BacklogHigh") == [
        f"metric 1: {metric} -> {metric}_other",
        f"matcher 1: {resource} -> nothing",
        f'matcher 1: {resource} -> monitored_resource="other"',
        f"matcher 2: {subscription} -> nothing",
        f'matcher 2: {subscription} -> subscription_id="other"',
        "comparison 1: > -> >=",
        "comparison 1: > -> <",
        "number 1: 100 -> 80",
        "number 1: 100 -> 125",
        "for 10m -> 0s",
        "for 10m -> 300s",
        "for 10m -> 1200s",
    ]


def test_a_mutant_differs_from_its_rule_and_is_a_rule_still():
    whole = {rule.alert: rule for rule in WHOLE}
    for mutant in MUTANTS:
        promql_parser.parse(mutant.rule.expr)
        assert mutant.rule != whole[mutant.rule.alert], mutant.name
        assert mutant.rule.labels == whole[mutant.rule.alert].labels


def test_every_mutant_has_a_name_of_its_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_every_alert_is_broken_in_its_number_window_or_time():
    for rule in WHOLE:
        kinds = {mutant.kind for mutant in MUTANTS if mutant.rule.alert == rule.alert}
        assert kinds & {"number", "window"}, rule.alert
        assert "for" in kinds, rule.alert


def test_the_report_is_of_these_mutants_and_all_were_noticed():
    """After a change of a rule or a promise: make mutate-rules ARGS=--write."""
    assert json.loads(mutation.REPORT.read_text("utf-8")) == mutation.report(MUTANTS, [])


@pytest.fixture
def _promtool():
    if not promtool.find():
        pytest.skip(promtool.MISSING)


@pytest.mark.usefixtures("_promtool")
def test_a_sample_of_them_is_noticed():
    """Every twenty-fifth, the same ones each time."""
    assert [mutant.name for mutant in mutation.survivors(MUTANTS[::25], WHOLE)] == []


@pytest.mark.usefixtures("_promtool")
def test_a_mutant_that_changes_nothing_survives():
    """Else all the others might have died of something else."""
    same = mutants.Mutant(WHOLE[0], "number", "1: 500 -> 500")
    assert mutation.survivors([same], WHOLE) == [same]
    report = mutation.report([same], [same])
    assert (report["mutants"], report["killed"]) == (1, 0)
    assert report["rules"] == {"ApiMeanLatencyHigh": {"number 1: 500 -> 500": "survived"}}


@pytest.mark.usefixtures("_promtool")
def test_a_rule_that_fails_its_own_cases_proves_nothing():
    """Else every mutant of it would count as noticed."""
    (mutant, *_) = (m for m in MUTANTS if m.rule.alert == "BacklogHigh")
    whole = [r.model_copy(update={"expr": f"({r.expr}) < 0"}) for r in WHOLE]
    with pytest.raises(promtool.PromtoolError, match="without any mutation"):
        mutation.survivors([mutant], whole)
