"""Durations as Prometheus, Terraform and our settings write them: a whole number and a unit."""

import re

UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
MONTH_S = 30 * 86400
"""The month that budgets and bills are reckoned over."""


class DurationError(ValueError):
    """A text is no duration."""


def seconds(text: object) -> float:
    """Read `500ms`, `10s`, `15m`, `24h` or `7d` as seconds.

    Raises:
        DurationError: it is no duration.
    """
    if not (found := re.fullmatch(r"([0-9]+)(ms|[smhd])", str(text))):
        raise DurationError(f"{text} is no duration")
    return int(found[1]) * UNITS_S[found[2]]
