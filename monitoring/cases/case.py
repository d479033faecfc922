"""One case: what happens, and at which minutes an alert has to fire or to be silent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitoring.cases.series import Series, missing, restarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happens to one alert."""

    alert: str
    name: str
    series: Sequence[Series]
    fires: Sequence[int] = ()
    """Minutes after the start. The first one is the earliest at which it may fire."""
    silent: Sequence[int] = ()
    step_m: int = 1
    """Minutes from one sample to the next."""


def restarts(case: Case) -> Case:
    """Make a case in which all counters begin anew just before it fires: it fires all the same."""
    at = case.fires[0] // case.step_m
    series = [
        replace(each, samples=restarted(each.samples, at)) if each.counts else each
        for each in case.series
    ]
    return replace(case, name=f"{case.name}, counters restart", series=series, silent=())


def gaps(case: Case) -> Case:
    """Make a case in which two samples never come just before it fires: it fires all the same."""
    at = case.fires[0] // case.step_m
    late = range(at - 2, at)
    series = [replace(each, samples=missing(each.samples, late)) for each in case.series]
    name = f"{case.name}, samples are missing"
    return replace(case, name=name, series=series, fires=case.fires[:1], silent=())
