"""The cases cover each alert on both sides, and no rule can read somebody else's series."""

import pytest

from monitoring import rules
from monitoring.cases import all_cases
from monitoring.cases.case import gaps, restarts
from monitoring.cases.series import Series, counter, gauge, missing, restarted

RULES = {rule.alert: rule for rule in rules.read().rules}
CASES = all_cases.by_alert()


def test_every_case_is_of_an_alert_and_every_alert_has_cases():
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("alert", RULES)
def test_every_alert_has_a_firing_and_a_silent_case(alert):
    """A rule over nothing is silent, whatever happens: silence alone proves little."""
    assert any(case.fires for case in CASES[alert])
    assert any(case.silent and not case.fires for case in CASES[alert])


@pytest.mark.parametrize("alert", RULES)
def test_the_cases_of_an_alert_have_names_of_their_own(alert):
    names = [case.name for case in CASES[alert]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("alert", RULES)
def test_no_minute_is_asked_for_after_the_last_sample(alert):
    """There a rule would be silent for want of samples."""
    for case in CASES[alert]:
        last = min(len(series.samples) for series in case.series) * case.step_m
        assert max([*case.fires, *case.silent]) <= last, case.name


def test_samples_are_what_the_phases_say():
    assert counter((2, 2), (0, 1), (3, 1)) == [0, 2, 4, 4, 7]
    assert gauge((5, 2), (6, 1)) == [5, 5, 6, 6]
    assert restarted([0, 2, 4, 6], 2) == [0, 2, 2, 4]
    assert missing([0, 1, 2, 3], range(1, 3)) == [0, None, None, 3]


def test_promtool_gets_each_sample_and_each_gap():
    series = Series("m", {"b": "2", "a": "1"}, [0, None, 1.5], loud=9)
    assert series.promtool() == {"series": 'm{a="1",b="2"}', "values": "0 _ 1.5"}


def test_a_counter_is_surrounded_by_others_and_comes_in_two_halves():
    labels = {"monitored_resource": "r", "service_name": "s", "response_code_class": "5xx"}
    found = list(Series("m", labels, [0, 4], loud=100).with_others())
    assert [(dict(each.labels), list(each.samples)) for each in found] == [
        ({**labels, "revision_name": "a"}, [0, 2]),
        ({**labels, "revision_name": "b"}, [0, 2]),
        ({**labels, "monitored_resource": "other"}, [0, 100]),
        ({**labels, "service_name": "other"}, [0, 100]),
    ]


def test_a_gauge_is_whole_and_what_surrounds_it_is_loud_at_once():
    found = list(Series("m", {"check_id": "c"}, [1, 0], loud=7, counts=False).with_others())
    assert [(dict(each.labels), list(each.samples)) for each in found] == [
        ({"check_id": "c"}, [1, 0]),
        ({"check_id": "other"}, [7, 7]),
    ]


def test_variants_keep_what_has_to_happen():
    case = next(case for case in CASES["FunctionErrorRatioHigh"] if case.fires == [15, 20])
    for variant in (restarts(case), gaps(case)):
        assert variant.fires[0] == case.fires[0]
        assert [list(s.samples) for s in variant.series] != [list(s.samples) for s in case.series]
