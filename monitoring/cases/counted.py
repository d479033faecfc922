"""Cases of alerts that count lines of a log within ten minutes."""

from monitoring.cases.case import Case
from monitoring.cases.series import Series, counter


def cases(
    alert: str, metric: str, limit: int = 0, resource: str = "cloud_run_revision"
) -> list[Case]:
    """Cases of an alert that fires above `limit` lines, the default being none."""
    name, labels = f"logging_googleapis_com:user_{metric}", {"monitored_resource": resource}

    def lines(*phases: tuple[float, int]) -> list[Series]:
        return [Series(name, labels, counter(*phases), loud=1e6)]

    return [
        Case(
            alert=alert,
            name=f"{limit + 1} in minute 10",
            series=lines((0, 9), (limit + 1, 1), (0, 20)),
            fires=[10, 19],
            silent=[9, 20],
        ),
        Case(
            alert=alert,
            name=f"{limit} in minute 10",
            series=lines((0, 9), (limit, 1), (0, 20)),
            silent=range(31),
        ),
    ]
