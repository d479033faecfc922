"""docs/capacity.md has the figures that the code gives, and its pictures can be made again."""

import re

import pytest

from local.layout import ROOT
from monitoring.capacity import __main__ as command
from monitoring.capacity import limits, outcome, pictures, traffic
from monitoring.cost.prices import Prices
from monitoring.tables import generated
from monitoring.throughput import Throughput

THROUGHPUT = Throughput()
pytestmark = pytest.mark.timeout(600)
"""On a busy machine; alone it takes seconds."""


@pytest.fixture(scope="module")
def outcomes():
    return [outcome.run(scenario, THROUGHPUT) for scenario in traffic.SCENARIOS]


@pytest.fixture(scope="module")
def found():
    return limits.ordered(THROUGHPUT, Prices.read())


def test_the_page_is_what_the_code_writes(outcomes, found):
    page = command.PAGE.read_text("utf-8")
    told = command.told(outcomes, found, THROUGHPUT)
    assert generated(page, {name: table.markdown() for name, table in told.items()}) == page


def test_the_page_says_how_long_all_attempts_last():
    """20 of them last 2 hours and 20 minutes."""
    model = outcome.limits(THROUGHPUT)
    pauses = [model.pause_steps(failures) for failures in range(1, model.max_attempts)]
    assert sum(pauses) * outcome.STEP_S // 60 == 140
    text = " ".join(command.PAGE.read_text("utf-8").split())
    assert f"{model.max_attempts} of them last 2 hours and 20 minutes" in text


def test_the_alerts_that_the_page_names_are_there():
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z][A-Za-z]+)`", command.PAGE.read_text("utf-8")))
    rules = (ROOT / "monitoring" / "rules.yaml").read_text("utf-8")
    assert named == {"ApiProbeFailing", "BacklogHigh", "MessageTooOld"}
    assert named <= set(re.findall(r"- alert: (\w+)", rules))


def test_the_page_shows_each_picture_and_each_is_small():
    page = command.PAGE.read_text("utf-8")
    drawn = {path.name for path in pictures.FOLDER.glob("capacity-*.svg")}
    assert drawn == {"capacity-limits.svg", "capacity-outage.svg", "capacity-outage-200.svg"}
    for name in drawn:
        assert f"(pictures/{name})" in page
        assert (pictures.FOLDER / name).stat().st_size < 100_000


def test_the_same_figures_give_the_same_picture_without_a_date(outcomes, found, tmp_path):
    (run,) = [each for each in outcomes if command.DRAWN.get(each.scenario.name) == "outage"]
    for folder in ("a", "b"):
        pictures.outage(run, tmp_path / folder / "outage.svg")
        pictures.limits(found, tmp_path / folder / "limits.svg")
    for name in ("outage.svg", "limits.svg"):
        first, second = ((tmp_path / folder / name).read_text("utf-8") for folder in ("a", "b"))
        assert first == second
        assert "dc:date" not in first
        assert "<text" in first
