"""The verdict in a terminal: live where there is one, a line a gate where there is none."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from gates.declaration import Gate
from gates.finding import Finding
from gates.outcome import Outcome, Status
from gates.verdict import Verdict

STYLES = {
    Status.PASSED: "green",
    Status.FOUND: "red",
    Status.BROKEN: "bold magenta",
    Status.UNTOUCHED: "dim",
}
WORDS = ("green", "red", "bold magenta")
"""The style of each exit status."""


class Progress:
    """Shows each gate as it begins and ends; a terminal has it live, a log has a line each."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: dict[str, str] = {}
        self._ended: list[Outcome] = []
        self._lock = threading.Lock()
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=8)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def started(self, gate: Gate) -> None:
        """Show that a gate runs."""
        with self._lock:
            self._running[gate.name] = gate.about

    def ended(self, outcome: Outcome) -> None:
        """Show what it says."""
        with self._lock:
            self._running.pop(outcome.gate, None)
            self._ended.append(outcome)
            if not self._console.is_terminal:
                style, words = STYLES[outcome.status], " ".join(_cells(outcome))
                self._console.print(f"[{style}]{words}[/]", highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        with self._lock:
            table = Table.grid(padding=(0, 2))
            for outcome in self._ended:
                table.add_row(*_cells(outcome), style=STYLES[outcome.status])
            for name, about in self._running.items():
                table.add_row(name, "running", "", escape(about))
            return table


def show(verdict: Verdict, console: Console) -> None:
    """Print what was found, gate by gate, and the answer."""
    for outcome in verdict.outcomes:
        if outcome.findings:
            console.print(f"[bold]{outcome.gate}[/]")
        for finding in outcome.findings:
            console.print(_line(finding), style="dim" if finding.waived else "", soft_wrap=True)
        if outcome.reason:
            console.print(
                f"[bold magenta]{outcome.gate} could not judge:[/] {escape(outcome.reason)}",
                soft_wrap=True,
            )
        for note in outcome.notes:
            console.print(f"{outcome.gate}: {escape(note)}", style="dim", soft_wrap=True)
    for text in verdict.complaints:
        console.print(f"[red]waivers:[/] {escape(text)}", soft_wrap=True)
    for note in verdict.notes:
        console.print(f"[black on yellow] {escape(note)} [/]", soft_wrap=True)
    console.print(_answer(verdict), highlight=False, soft_wrap=True)


def _cells(outcome: Outcome) -> tuple[str, str, str, str]:
    found = f", {len(outcome.open)} open" * bool(outcome.open)
    scanned = f"{outcome.scanned} {outcome.unit}" if outcome.scanned else ""
    took = f"{outcome.seconds:.1f} s" * (outcome.status is not Status.UNTOUCHED)
    return f"{outcome.gate:<22}", f"{outcome.status.value + found:<22}", f"{took:>7}", scanned


def _line(each: Finding) -> str:
    mend = f"waived: {each.waived}" if each.waived else each.fix
    parts = (each.place, each.level.value, each.rule, each.message, mend and f"({mend})")
    return "  " + escape(" ".join(filter(None, parts)))


def _answer(verdict: Verdict) -> str:
    ratio = verdict.wall_s / verdict.sum_s if verdict.sum_s else 1
    counts = ", ".join(
        f"{sum(each.status is status for each in verdict.outcomes)} {status.value}"
        for status in Status
        if any(each.status is status for each in verdict.outcomes)
    )
    return (
        f"[{WORDS[verdict.exit_status]}]{verdict.words}[/]: {counts}; "
        f"{verdict.wall_s:.1f} s for {verdict.sum_s:.1f} s of gates ({ratio:.2f})"
    )
