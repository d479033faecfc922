"""What promtool complains of is what fired, and when; what it cannot read is no silence."""

import pytest

from local.observation import replay, series
from monitoring.promtool import MISSING, PromtoolError, find
from tests.local.observation.lines import sample


@pytest.fixture(autouse=True)
def _promtool():
    if find() is None:
        pytest.skip(MISSING)


RULES = """
groups:
- name: one
  rules:
  - alert: Errors
    expr: sum(increase(errors[5m])) > 3
    labels: {severity: page}
    annotations: {summary: "{{ $value }}, got: [x], time: 3m"}
  - {alert: Deep, expr: depth > 10, for: 2m}
  - {alert: Silent, expr: never > 0}
"""


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, "utf-8")
    return path


def test_promtool_tells_in_which_minutes_each_alert_fires(rules):
    samples = [
        sample(n, {"errors": 9.0} if n >= 3 else {}, {"depth": 20.0 if 70 <= n < 75 else 0.0})
        for n in range(80)
    ]
    found = replay.firing(rules, series.render(samples, 0, 80), 80)
    assert found == {"Errors": [3, 4, 5, 6, 7], "Deep": [72, 73, 74]}


def test_nothing_that_fires_is_nothing_found(rules):
    assert replay.firing(rules, [("depth", "0 0 0")], 3) == {}


@pytest.mark.parametrize(
    ("rules_text", "values"),
    [
        ("groups: 1", "0"),
        ("groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]", "0"),
        (RULES, "x"),
    ],
    ids=["rules", "expression", "series"],
)
def test_what_promtool_cannot_read_is_no_silence(rules, rules_text, values):
    rules.write_text(rules_text, "utf-8")
    with pytest.raises(PromtoolError):
        replay.firing(rules, [("depth", values)], 3)
