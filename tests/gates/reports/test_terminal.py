"""A terminal shows the gates as they run; a log has the same, a line each."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from gates.finding import Finding, Level
from gates.outcome import Outcome, Status
from gates.reports import terminal
from gates.verdict import Verdict
from tests.gates.tools_of_ours import gate

FINDING = Finding(
    gate="g", rule="R1", level=Level.ERROR, path="[red]a.py", line=3, message="bad", fix="mend it"
)
OUTCOMES = (
    Outcome(gate="g", about="x", status=Status.FOUND, findings=(FINDING,), scanned=4, seconds=2),
    Outcome(gate="h", about="x", status=Status.BROKEN, reason="no [tool]", seconds=1),
    Outcome(gate="i", about="x", status=Status.UNTOUCHED),
)


def shown(verdict):
    out = io.StringIO()
    terminal.show(verdict, Console(file=out, width=40, highlight=False))
    return out.getvalue()


def verdict(**changes):
    keys = {"outcomes": OUTCOMES, "complaints": ("expired",), "wall_s": 1.5, "sum_s": 3}
    made = datetime(2030, 1, 31, tzinfo=UTC)
    return Verdict(**(keys | {"commit": "", "made": made, "notes": ("OFFLINE",)} | changes))


@pytest.mark.parametrize(
    "line",
    [
        "  [red]a.py:3 error R1 bad (mend it)",
        "h could not judge: no [tool]",
        "waivers: expired",
        " OFFLINE ",
        "could not judge: 1 found, 1 could not judge, 1 untouched; 1.5 s for 3.0 s of gates (0.50)",
    ],
)
def test_each_thing_has_a_line_of_its_own(line):
    """However narrow the terminal is, so that a log can be searched."""
    assert line in shown(verdict()).splitlines()


def test_a_log_has_a_line_as_each_gate_ends():
    out = io.StringIO()
    with terminal.Progress(Console(file=out, width=40)) as progress:
        progress.started(gate(name="g"))
        assert out.getvalue() == ""
        for outcome in OUTCOMES:
            progress.ended(outcome)
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert lines == ["g found, 1 open 2.0 s 4 files", "h could not judge 1.0 s", "i untouched"]


def test_a_terminal_shows_what_runs_and_what_has_ended():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    with terminal.Progress(console) as progress:
        progress.started(gate(name="running-one"))
        progress.ended(OUTCOMES[0])
    text = out.getvalue()
    assert "running-one" in text
    assert "found, 1 open" in text
    assert "\x1b[?25h" in text
