"""What is drawn of the samples, and how: for the page, and for the picture of the alerts."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from local.observation.entries import SERVICES
from local.observation.recorder import Sample
from monitoring import svg

WINDOW = 10
"""Seconds over which a percentile is taken."""
Points = Sequence[tuple[int, float]]
"""Second and value; a second that was missed has none."""
Lines = Mapping[str, Points]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that can be told apart on their ground; with the styles also without colour."""

    ground: str
    text: str
    grid: str
    lines: Sequence[str]


LIGHT = Theme("#ffffff", "#1b2130", "#d3d8e0", ("#1f5fa8", "#b06d00", "#b3261e", "#525c6e"))
DARK = Theme("#1a202b", "#e8ecf3", "#3a4453", ("#8ab8ff", "#ffc061", "#ff8a80", "#aab4c4"))
STYLES = ("-", "--", "-.", ":")


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart."""

    title: str
    unit: str
    lines: Callable[[Sequence[Sample]], Lines]

    def words(self, samples: Sequence[Sample]) -> str:
        """Say the newest values, for whoever does not see the chart."""
        parts = [
            f"{name} {f'{points[-1][1]:.1f} {self.unit}' if points else 'nothing yet'}"
            for name, points in self.lines(samples).items()
        ]
        return f"{self.title}: {', '.join(parts)}"


def _rates(samples: Sequence[Sample], *events: str) -> Points:
    return [
        (
            new.number,
            sum(new.events.get(name, 0) - old.events.get(name, 0) for name in events)
            / (new.number - old.number),
        )
        for old, new in pairwise(samples)
    ]


def _percentile(samples: Sequence[Sample], name: str, scale: float) -> Iterator[tuple[int, float]]:
    for place, sample in enumerate(samples):
        recent = samples[max(0, place - WINDOW + 1) : place + 1]
        found = [each for one in recent for each in one.values.get(name, ())]
        if found:
            yield sample.number, float(np.percentile(found, 95)) * scale


def _requests(samples: Sequence[Sample]) -> Lines:
    groups = ("2xx", "3xx", "4xx", "5xx")
    return {
        service: _rates(samples, *(f"{service} {group}" for group in groups))
        for service in SERVICES.values()
    }


def _errors(samples: Sequence[Sample]) -> Lines:
    return {
        f"{service} {group}": _rates(samples, f"{service} {group}")
        for service in SERVICES.values()
        for group in ("4xx", "5xx")
    }


def _latency(samples: Sequence[Sample]) -> Lines:
    return {name: list(_percentile(samples, name, 1000)) for name in SERVICES.values()}


def _freshness(samples: Sequence[Sample]) -> Lines:
    return {
        "publish to queryable": list(_percentile(samples, "age", 1)),
        "oldest that waits": [(each.number, each.waiting[1]) for each in samples],
    }


def _backlog(samples: Sequence[Sample]) -> Lines:
    return {"waiting": [(each.number, each.waiting[0]) for each in samples]}


def _quarantine(samples: Sequence[Sample]) -> Lines:
    return {
        "quarantined": [(s.number, s.events.get("ingest.quarantined", 0)) for s in samples],
        "dead letters": [(s.number, s.dead) for s in samples],
    }


PANELS = {
    "requests": Panel("Requests", "a second", _requests),
    "errors": Panel("Errors", "a second", _errors),
    "latency": Panel("Latency, 95 %", "ms", _latency),
    "freshness": Panel("Freshness, 95 %", "s", _freshness),
    "backlog": Panel("Backlog", "messages", _backlog),
    "quarantine": Panel("Quarantine and dead letters", "in all", _quarantine),
}


def draw(axes: Axes, panel: Panel, samples: Sequence[Sample], theme: Theme) -> None:
    """Draw one chart into `axes`."""
    axes.set_facecolor(theme.ground)
    axes.set_title(f"{panel.title} ({panel.unit})", loc="left", color=theme.text, fontsize=11)
    axes.grid(visible=True, color=theme.grid, linewidth=0.6)
    axes.tick_params(colors=theme.text, labelsize=9)
    for spine in axes.spines.values():
        spine.set_color(theme.grid)
    for (name, points), colour, style in zip(
        panel.lines(samples).items(), theme.lines, STYLES, strict=False
    ):
        axes.plot(*_broken(points), label=name, color=colour, linestyle=style, linewidth=1.6)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left", fontsize=8, frameon=False, labelcolor=theme.text)


def _broken(points: Points) -> tuple[list[float], list[float]]:
    """Break the line where seconds are missing."""
    times: list[float] = []
    values: list[float] = []
    for time, value in points:
        if times and time - times[-1] > 1:
            times.append(time - 1)
            values.append(math.nan)
        times.append(time)
        values.append(value)
    return times, values


def picture(panel: Panel, samples: Sequence[Sample], theme: Theme) -> bytes:
    """Draw one chart as SVG."""
    figure = Figure(figsize=(5.2, 2.4), facecolor=theme.ground, layout="constrained")
    axes = figure.subplots()
    draw(axes, panel, samples, theme)
    axes.set_xlabel("seconds since the recording began", color=theme.text, fontsize=8)
    return svg.written(figure)
