"""The runs as one page that needs nothing else: no script, no request."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from local.canary.findings import Findings, Run
from local.canary.timeline import Tick

HERE = Path(__file__).parent
WIDTH, HEIGHT, BAND = 900.0, 160.0, 70.0
"""Of a picture, in its own units: requests above, and below them a band for what went wrong."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One second's bad requests, drawn from the ground up."""

    x: float
    height: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a moment."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One run, laid out."""

    name: str
    words: str
    stable: str
    candidate: str
    below: str
    """The candidate's area, as points of a polygon; the stable revision's is stacked upon it."""
    above: str
    failed: Sequence[Bar]
    slow: Sequence[Bar]
    marks: Sequence[Mark]
    seconds: Sequence[Mark]
    most: int
    most_bad: int


def render(found: Findings, faults: Sequence[str]) -> str:
    """Write the page, as UTF-8 text."""
    return _template().render(
        charts=[chart(run) for run in found.runs],
        rows=[(run, found.during(run)) for run in found.runs],
        total=found.all(),
        faults=faults,
        width=WIDTH,
        height=HEIGHT,
        band=BAND,
    )


def chart(run: Run) -> Chart:
    """Lay a run out."""
    rollout = run.rollout
    start = rollout.began.replace(microsecond=0)
    length = max(1, round((rollout.ended - start).total_seconds()) + 1)
    unit = WIDTH / length

    def place(time: datetime) -> int:
        return round((time - start).total_seconds())

    def mark(time: datetime, words: str) -> Mark:
        return Mark(round((time - start).total_seconds() * unit, 1), words)

    def row(revision: str) -> list[Tick | None]:
        by_second = {place(tick.end): tick for tick in run.ticks.get(revision, ())}
        return [by_second.get(second) for second in range(length)]

    new, old = row(rollout.candidate), row(rollout.stable)
    low = [tick.requests if tick else 0 for tick in new]
    high = [count + (tick.requests if tick else 0) for count, tick in zip(low, old, strict=True)]
    failed = [sum(tick.failed for tick in pair if tick) for pair in zip(new, old, strict=True)]
    slow = [sum(tick.slow for tick in pair if tick) for pair in zip(new, old, strict=True)]
    most, most_bad = max(1, *high), max(1, *failed, *slow)
    last = rollout.steps[-1].decision
    return Chart(
        name=run.name,
        words=str(last),
        stable=rollout.stable,
        candidate=rollout.candidate,
        below=_area(low, [0] * length, unit, most),
        above=_area(high, low, unit, most),
        failed=_bars(failed, unit, most_bad, 0),
        slow=_bars(slow, unit, most_bad, 1),
        marks=[
            *(mark(step.began, f"{step.percent} %") for step in rollout.steps),
            mark(rollout.steps[-1].decided, last.verdict.name.lower()),
        ],
        seconds=[Mark(round(n * unit, 1), f"{n} s") for n in range(0, length, 5)],
        most=most,
        most_bad=most_bad,
    )


def _area(top: Sequence[int], bottom: Sequence[int], unit: float, most: int) -> str:
    there = [(number * unit, _y(value, most)) for number, value in enumerate(top)]
    back = [(number * unit, _y(value, most)) for number, value in enumerate(bottom)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in [*there, *reversed(back)])


def _y(value: int, most: int) -> float:
    return HEIGHT * (1 - value / most)


def _bars(values: Sequence[int], unit: float, most: int, side: int) -> list[Bar]:
    width = unit * 0.4
    return [
        Bar(round(number * unit + side * width, 1), round(BAND * value / most, 1), round(width, 1))
        for number, value in enumerate(values)
        if value
    ]


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    style = environment.get_template("picture.css").render()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    environment.globals.update(style_hash=f"sha256-{digest}")
    return environment.get_template("picture.html.j2")
