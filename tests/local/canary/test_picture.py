"""The picture shows what was measured, and needs nothing but itself."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy.canary.decision import Decision, Verdict
from deploy.canary.objectives import API
from local.canary import picture
from local.canary.findings import Findings, Run
from local.canary.load import Answer, Load
from local.canary.rollout import Rollout, StepTaken
from local.canary.timeline import Tick

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def run():
    """Ten seconds with 5 of 100 requests at the candidate; one failed, one was slow."""
    ticks = {
        "new": [Tick(BEGAN + n * SECOND, 5, int(n == 4), 0) for n in range(1, 10)],
        "old": [Tick(BEGAN + n * SECOND, 95, 0, int(n == 6)) for n in range(1, 10)],
    }
    words = Decision(Verdict.ROLLBACK, ("<b>1 of 5</b> bad",))
    steps = [StepTaken(5, BEGAN + 2 * SECOND, BEGAN + 8 * SECOND, words, {"new": 5, "old": 95})]
    load = Load("http://127.0.0.1:1", "/", headers={}, rate=1, callers=1)
    load.answers, load.sent = [Answer(BEGAN.timestamp() + 5, 0.01, 200)], 1
    rollout = Rollout("new", "old", BEGAN, BEGAN + 9 * SECOND, steps, 6.0)
    return Run("failing", Verdict.ROLLBACK, rollout, ticks, load)


def test_areas_and_bars_stand_where_it_happened(run):
    chart = picture.chart(run)
    assert (chart.most, chart.most_bad) == (100, 1)
    # A second is a tenth of the width; 5 of 100 requests are a twentieth of the height.
    assert chart.below.split()[1] == f"90.0,{picture.HEIGHT * 0.95:.1f}"
    assert chart.above.split()[1] == "90.0,0.0"
    assert [(bar.x, bar.height) for bar in chart.failed] == [(360.0, picture.BAND)]
    assert [bar.x for bar in chart.slow] == [576.0]
    marks = [(mark.x, mark.words) for mark in chart.marks]
    assert marks == [(180.0, "5 %"), (720.0, "rollback")]


def test_a_run_without_any_figure_can_be_drawn(run):
    chart = picture.chart(replace(run, ticks={}))
    assert (chart.failed, chart.slow, chart.most) == ([], [], 1)


@pytest.mark.parametrize("faults", [[], ["callers: 1 of 2 requests lost"]])
def test_the_page_is_whole_and_loads_nothing(run, faults):
    page = picture.render(Findings([run], run.smoke, {"old": 1}, API), faults)
    assert ("no request was lost" in page) is not bool(faults)
    assert all(fault in page for fault in faults)
    assert "&lt;b&gt;1 of 5&lt;/b&gt; bad" in page
    assert "<td>6.0 s</td>" in page
    assert not re.search(r"<script|https?:|url\(|@import|<link|<img|style=", page)
    assert page.count("<polygon") == 2
