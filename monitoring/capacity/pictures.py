"""Pictures of the outcomes, for docs/capacity.md: the same figures give the same bytes."""

from collections.abc import Iterable
from pathlib import Path

from matplotlib.figure import Figure

from local.layout import ROOT
from monitoring import svg
from monitoring.capacity.delivery import STEP_S
from monitoring.capacity.limits import FACTORS, Limit
from monitoring.capacity.outcome import Outcome

FOLDER = ROOT / "docs" / "pictures"
_BEFORE_S, _AFTER_S = 300, 1500


def outage(outcome: Outcome, path: Path) -> None:
    """Draw what waits before, during and after an outage."""
    scenario = outcome.scenario
    begin = (scenario.outage_at_s - _BEFORE_S) // STEP_S
    end = (scenario.outage_at_s + scenario.outage_s + _AFTER_S) // STEP_S
    minutes = [(step * STEP_S - scenario.outage_at_s) / 60 for step in range(begin, end)]
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(0, scenario.outage_s / 60, color="#f3d9d9", label="outage")
    axes.plot(minutes, outcome.course.backlog[begin:end], color="#1f4e79", label="messages waiting")
    axes.set(title=scenario.name, xlabel="minutes since it began", ylim=(0, None))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    oldest = axes.twinx()
    ages = [age / 60 for age in outcome.course.oldest_s[begin:end]]
    oldest.plot(minutes, ages, color="#b5651d", linestyle="--", label="age of the oldest, minutes")
    oldest.set_ylim(0, None)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    _save(figure, path)


def limits(found: Iterable[Limit], path: Path) -> None:
    """Draw at which load each limit is reached."""
    known = list(found)[::-1]
    figure = Figure(figsize=(8, 0.32 * len(known) + 1), layout="constrained")
    axes = figure.subplots()
    axes.barh([limit.name for limit in known], [limit.factor for limit in known], color="#1f4e79")
    for factor in FACTORS:
        axes.axvline(factor, color="#b5651d", linestyle="--", linewidth=1)
    axes.set(xscale="log", xlabel="reached at so many times the base load")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(svg.written(figure))
