"""Promises become rules by the table that everybody knows, and the canary keeps the same ones."""

from decimal import Decimal

import pytest
import yaml
from pydantic import ValidationError

from deploy.canary import cloud_run
from deploy.canary import objectives as canary
from monitoring import burn_rates, catalogue, objectives, rules

PROMISES = objectives.read()
BY_NAME = {objective.name: objective for objective in PROMISES.objectives}


def test_the_generated_rules_are_those_of_the_promises():
    text = rules.PATH.read_text("utf-8")
    assert burn_rates.replace(text, PROMISES) == text, "python -m monitoring generate"


def test_the_promises_are_these():
    goals = {name: objective.goal for name, objective in BY_NAME.items()}
    assert goals == {
        "api_availability": Decimal("0.999"),
        "api_latency": Decimal("0.95"),
        "ingest_freshness": Decimal("0.99"),
    }


@pytest.mark.parametrize(
    ("name", "policy", "of_the_canary"),
    [
        ("api_availability", canary.API, "availability"),
        ("api_latency", canary.API, "latency"),
        ("ingest_freshness", canary.FUNCTION, "freshness"),
    ],
)
def test_the_canary_holds_a_candidate_to_the_same_promise(name, policy, of_the_canary):
    assert float(BY_NAME[name].budget) == policy.objectives[of_the_canary].budget


def test_late_begins_in_words_in_the_filter_and_in_the_canary_where_it_does_in_figures():
    late = f"{PROMISES.late_after_s:d}"
    (counted,) = (metric for metric in catalogue.read().logs if metric.id == "ingest_late")
    assert f"within {late} s of being published" in BY_NAME["ingest_freshness"].promise
    assert counted.filter.endswith(f"e2e_seconds>={late}")
    assert cloud_run.FUNCTION["freshness"].threshold == PROMISES.late_after_s


def test_the_windows_are_those_of_the_workbook():
    found = [(w.burn, w.long, w.severity) for w in PROMISES.windows]
    assert found == [
        (Decimal("14.4"), "1h", "page"),
        (Decimal(6), "6h", "page"),
        (Decimal(3), "1d", "ticket"),
        (Decimal(1), "3d", "ticket"),
    ]


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("api_availability", ["0.0144", "0.006", "0.003", "0.001"]),
        ("api_latency", ["0.72", "0.3", "0.15", "0.05"]),
        ("ingest_freshness", ["0.144", "0.06", "0.03", "0.01"]),
    ],
)
def test_a_limit_is_budget_times_burn_exactly(name, limits):
    assert [burn_rates.limit(BY_NAME[name], window) for window in PROMISES.windows] == limits


@pytest.mark.parametrize("times", [0, 2])
def test_a_file_whose_end_is_not_marked_once_is_left_alone(times):
    with pytest.raises(ValueError, match="exactly once"):
        burn_rates.replace("groups:\n" + burn_rates.MARK * times, PROMISES)


def test_what_was_written_by_hand_stays():
    written = burn_rates.replace(f"by hand\n{burn_rates.MARK}old", PROMISES)
    assert written == "by hand\n" + burn_rates.render(PROMISES)


WRONG = {
    "a goal of one": lambda slo: slo["objectives"][0].update(goal="1"),
    "a goal of percents": lambda slo: slo["objectives"][0].update(goal="99.9"),
    "no window in the expression": lambda slo: slo["objectives"][0].update(bad="sum(x[1h])"),
    "a burn of zero": lambda slo: slo["windows"][0].update(burn="0"),
    "a window without a unit": lambda slo: slo["windows"][0].update(short="10"),
    "nobody to call": lambda slo: slo["windows"][0].update(severity="none"),
    "a guard of zero": lambda slo: slo.update(fewest_bad="0"),
    "no promise": lambda slo: slo.update(objectives=[]),
    "a field that nobody knows": lambda slo: slo["objectives"][0].update(gaol="0.9"),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_promises_of_another_shape_are_refused(tmp_path, spoil):
    document = yaml.safe_load(objectives.PATH.read_text("utf-8"))
    spoil(document)
    (tmp_path / "slo.yaml").write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(ValidationError):
        objectives.read(tmp_path / "slo.yaml")
