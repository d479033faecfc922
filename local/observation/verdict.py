"""Which alerts fired in which phase of a recording, and what of that should not be; no I/O here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from local.observation import series
from local.observation.drill import Phase, Recording

Firing = Mapping[str, Sequence[int]]
"""The minutes of a phase, counted from its start, in which each alert fires."""
Ask = Callable[[Iterable[tuple[str, str]], int], Firing]


@dataclass(frozen=True, slots=True)
class Judged:
    """One phase, and what fired in it."""

    phase: Phase
    firing: Firing

    @property
    def name(self) -> str:
        """The fault's name, or that of no fault."""
        return self.phase.fault.name if self.phase.fault else "healthy"

    @property
    def expected(self) -> frozenset[str]:
        """The alerts that have to fire."""
        return self.phase.fault.expected if self.phase.fault else frozenset()

    def after(self, alert: str) -> int | None:
        """Tell how many seconds after the fault an alert first fired; None if it did not."""
        broken = self.phase.broken - self.phase.start
        found = [minute for minute in self.firing.get(alert, ()) if minute >= broken]
        return found[0] - broken if found else None

    def faults(self) -> Iterator[str]:
        """Name what should not be."""
        broken = self.phase.broken - self.phase.start
        for alert, minutes in self.firing.items():
            if minutes[0] < broken:
                yield f"{self.name}: {alert} fired while all was well"
        for alert in sorted(self.expected):
            if self.after(alert) is None:
                yield f"{self.name}: {alert} did not fire"


def judge(recording: Recording, ask: Ask) -> list[Judged]:
    """Replay each phase alone, so that what one fault left behind is not the next one's alert."""
    return [
        Judged(
            phase,
            ask(series.render(recording.samples, phase.start, phase.end), phase.end - phase.start),
        )
        for phase in recording.phases
    ]


def wrong(judged: Iterable[Judged]) -> dict[str, list[str]]:
    """Say what should not be, by the name of the phase."""
    found = {one.name: list(one.faults()) for one in judged}
    return {name: words for name, words in found.items() if words}


def wrong_twice(tries: Sequence[Iterable[Judged]]) -> list[str]:
    """Say what should not be of each phase that went wrong in every try, by the last one."""
    each = [wrong(judged) for judged in tries]
    return [
        words
        for name, complaints in each[-1].items()
        if all(name in other for other in each)
        for words in complaints
    ]
