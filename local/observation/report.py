"""What the alerts did, as a table and as a picture."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from local.observation.drill import Recording
from local.observation.panels import LIGHT, PANELS, draw
from local.observation.verdict import Judged
from monitoring import svg

SHOWN = ("errors", "latency", "freshness", "backlog", "quarantine")


def table(judged: Iterable[Judged]) -> Table:
    """Tell of each fault which alerts fired, and which had to."""
    shown = Table(title="Alerts, in seconds after the fault", title_justify="left")
    shown.add_column("what broke")
    shown.add_column("alert", overflow="fold")
    shown.add_column("expected")
    shown.add_column("fired after", justify="right")
    for one in judged:
        what = one.phase.fault.what if one.phase.fault else "nothing"
        for alert in sorted(one.expected, key=lambda name: (one.after(name) or 0, name)):
            seconds = one.after(alert)
            told = "silent" if seconds is None else f"{seconds} s"
            shown.add_row(what, alert, "yes", told, style="red" if seconds is None else None)
            what = ""
        if others := sorted(set(one.firing) - one.expected):
            style = None if one.phase.fault else "red"
            shown.add_row(what, ", ".join(others), "no", "", style=style)
        elif one.phase.fault is None:
            shown.add_row(what, "none", "", "")
        shown.add_section()
    return shown


def picture(recording: Recording, judged: Sequence[Judged]) -> bytes:
    """Draw the signals, the faults as stripes, and the alerts that fired, as SVG."""
    figure = Figure(figsize=(12, 15), facecolor=LIGHT.ground, layout="constrained")
    heights = [2] * len(SHOWN) + [4]
    charts: Sequence[Axes] = list(
        figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    )
    for axes, name in zip(charts, SHOWN, strict=False):
        draw(axes, PANELS[name], recording.samples, LIGHT)
    _bars(charts[-1], judged)
    for one in judged:
        if one.phase.fault:
            for axes in charts:
                axes.axvspan(one.phase.broken, one.phase.mended, color="#b3261e", alpha=0.08)
            words = {"fontsize": 9, "color": LIGHT.text, "va": "bottom", "ha": "left"}
            top = charts[0].get_ylim()[1]
            charts[0].text(one.phase.broken, top * 0.75, one.phase.fault.name, words)
    charts[-1].set_xlabel("seconds since the recording began", color=LIGHT.text)
    return svg.written(figure)


def _bars(axes: Axes, judged: Sequence[Judged]) -> None:
    names = sorted({alert for one in judged for alert in one.firing}, reverse=True)
    axes.set_title("Alerts firing", loc="left", color=LIGHT.text, fontsize=11)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(colors=LIGHT.text, labelsize=9)
    axes.grid(visible=True, color=LIGHT.grid, linewidth=0.6)
    for one in judged:
        for alert, minutes in one.firing.items():
            spans = [(one.phase.start + minute, 1) for minute in minutes]
            colour = LIGHT.lines[0 if alert in one.expected else 3]
            axes.broken_barh(spans, (names.index(alert) - 0.35, 0.7), color=colour)
