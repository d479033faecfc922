"""Each alert fires when it has to, and only then, as promtool evaluates it."""

from dataclasses import replace

import pytest

from monitoring import firing, promtool, rules
from monitoring.cases import all_cases
from monitoring.cases.case import Case, gaps, restarts

RULES = {rule.alert: rule for rule in rules.read().rules}
CASES = all_cases.by_alert()
FIRES_ON_NOTHING = {"ProbeSilent"}


@pytest.fixture(autouse=True)
def _promtool():
    if not promtool.find():
        pytest.skip(promtool.MISSING)


def nothing(alert):
    """Let there be no series at all."""
    return Case(alert=alert, name="nothing is measured", series=[], silent=[10, 60])


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_fires_in_its_cases_and_only_then(alert):
    """Also where counters begin anew, samples are missing, or nothing is measured at all."""
    cases = list(CASES[alert])
    # A variant changes samples before it fires: there have to be some.
    late = [case for case in cases if case.fires and case.fires[0] >= 4 * case.step_m]
    cases += [make(case) for case in late for make in (restarts, gaps)]
    if alert not in FIRES_ON_NOTHING:
        cases.append(nothing(alert))
    assert firing.judge(RULES[alert], cases) == ""


def test_a_case_that_goes_otherwise_is_told():
    """Else all of the above would prove nothing."""
    case = next(case for case in CASES["BacklogHigh"] if case.fires)
    wrong = replace(case, fires=case.silent, silent=case.fires)
    said = firing.judge(RULES["BacklogHigh"], [wrong])
    assert case.name in said
    assert "exp:" in said


def test_variants_of_a_rule_are_told_apart():
    rule = RULES["BacklogHigh"]
    wrong = rule.model_copy(update={"expr": rule.expr.replace("100", "99")})
    found = firing.notice([rule, wrong, rule], CASES["BacklogHigh"], rule)
    assert found == [False, True, False]


def test_a_rule_that_cannot_be_read_is_no_verdict():
    broken = RULES["BacklogHigh"].model_copy(update={"expr": "sum("})
    with pytest.raises(promtool.PromtoolError, match="BacklogHigh"):
        firing.judge(broken, CASES["BacklogHigh"])
