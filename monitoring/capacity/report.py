"""The outcomes and the limits as tables."""

from monitoring.capacity.limits import FACTORS, Limit, reached
from monitoring.capacity.outcome import Outcome
from monitoring.quotas import Quota, Quotas
from monitoring.tables import Table

_SHORT = {
    "api_availability": "availability",
    "api_latency": "latency",
    "ingest_freshness": "freshness",
}


def backlogs(outcomes: list[Outcome]) -> Table:
    """Say what waited, how long, and what died."""
    rows = [
        [
            each.scenario.name,
            f"{each.course.backlog.max():,}",
            _minutes(int(each.course.oldest_s.max())),
            _minutes(each.drained_s),
            _share(int(each.course.late.sum()), int(each.course.published.sum())),
            f"{each.course.dead.sum():,}",
        ]
        for each in outcomes
    ]
    columns = ["Scenario", "Largest backlog", "Oldest message", "Drained after", "Late", "Dead"]
    return Table("What waits", columns, rows)


def alarms(outcomes: list[Outcome]) -> Table:
    """Say who was called, when, and what is left of the worst month's budgets."""
    rows = [
        [
            each.scenario.name,
            _counted(each.pages),
            _minutes(each.first_page_s),
            _counted(each.tickets),
            *(_percent(each.budget_left[name]) for name in _SHORT),
        ]
        for each in outcomes
    ]
    columns = ["Scenario", "Pages", "First after", "Tickets", *_SHORT.values()]
    return Table("Who is called", columns, rows)


def limits(found: list[Limit], quotas: Quotas) -> Table:
    """Say at which load each limit is reached, and where it is set."""
    rows = [
        [limit.name, limit.allows, _times(limit.factor), _source(limit.source, quotas)]
        for limit in found
    ]
    unknown = [
        [f"not in this order: {quota.of}", "?", "?", _link(quota)]
        for quota in quotas.values()
        if quota.value is None
    ]
    return Table(
        "Which limit comes first",
        ["Limit", "Allows", "Reached at", "Set by"],
        rows + unknown,
        text=True,
    )


def first(found: list[Limit]) -> Table:
    """Say what has ended at each of the loads that are asked about."""
    rows: list[list[str]] = []
    for factor in FACTORS:
        before = reached(found, factor / 10)
        new = [limit.name for limit in reached(found, factor) if limit not in before]
        rows.append([_times(factor), "; ".join(new) or "nothing more"])
    return Table(
        "What ends on the way",
        ["Load", "Ends, in this order, after what ended before"],
        rows,
        text=True,
    )


def _minutes(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds} s" if seconds < 60 else f"{seconds / 60:,.1f} min"  # noqa: PLR2004 - a minute


def _share(part: int, whole: int) -> str:
    return "0" if not part else f"{part / whole:.2%}".replace("%", " %")


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _times(factor: float) -> str:
    return f"{factor:.2g}x" if factor < 9.95 else f"{factor:,.0f}x"  # noqa: PLR2004 - rounds to 10


def _counted(calls: dict[str, list[int]]) -> str:
    """Name the objectives that called, with the number of times."""
    said = [f"{_SHORT[name]} {len(times)}" for name, times in calls.items() if times]
    return ", ".join(said) or "0"


def _source(source: str, quotas: Quotas) -> str:
    return _link(quotas[source]) if source in quotas else f"`{source}`"


def _link(quota: Quota) -> str:
    return f"[Google]({quota.url}), {quota.read}"
