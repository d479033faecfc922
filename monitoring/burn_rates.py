"""From promises to the rules that watch their budgets: the generated end of rules.yaml.

Cloud Monitoring has no recording rules for alerts, so each expression is written out.
Source: https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
"""

from monitoring.objectives import BurnWindow, Objective, Promises

MARK = "# Generated from slo.yaml: `python -m monitoring generate`. Do not write below.\n"

_RULE = """\
  - alert: {alert}
    expr: |-
      (
        {bad_long}
      ) / (
        {total_long}
      ) > {limit}
      and (
        {bad_short}
      ) / (
        {total_short}
      ) > {limit}
      and (
        {bad_long}
      ) >= {fewest_bad}
    for: 0s
    labels: {{severity: {severity}, slo: {slo}}}
    annotations:
      summary: "Burning {burn} times as fast as it may: {promise}."
      runbook: docs/runbooks/{page}.md
"""


def render(promises: Promises) -> str:
    """Write the group of generated rules as YAML, beginning with `MARK`."""
    rules = [
        _rule(objective, window, promises.fewest_bad)
        for objective in promises.objectives
        for window in promises.windows
    ]
    return f"{MARK}- name: objectives\n  interval: 60s\n  rules:\n" + "".join(rules)


def replace(text: str, promises: Promises) -> str:
    """Put the group that `promises` ask for in the place of the one that `text` ends with.

    Raises:
        ValueError: `MARK` is not there exactly once, so nobody knows what was written by hand.
    """
    if text.count(MARK) != 1:
        raise ValueError("rules.yaml needs the line before its generated rules exactly once")
    return text[: text.index(MARK)] + render(promises)


def name(objective: Objective, window: BurnWindow) -> str:
    """Name the alert of one promise and one pair of windows."""
    return f"{objective.alert}Burn{window.long}"


def limit(objective: Objective, window: BurnWindow) -> str:
    """Write the share of bad events above which the budget burns too fast."""
    # Exact: computed in binary, 14.4 * 0.001 would be a little more than what a person reads.
    return f"{(objective.budget * window.burn).normalize():f}"


def _rule(objective: Objective, window: BurnWindow, fewest_bad: int) -> str:
    def over(expression: str, length: str) -> str:
        return expression.replace("[window]", f"[{length}]")

    return _RULE.format(
        alert=name(objective, window),
        bad_long=over(objective.bad, window.long),
        total_long=over(objective.total, window.long),
        bad_short=over(objective.bad, window.short),
        total_short=over(objective.total, window.short),
        limit=limit(objective, window),
        fewest_bad=fewest_bad,
        severity=window.severity,
        slo=objective.name,
        burn=window.burn,
        promise=objective.promise,
        page=objective.name.replace("_", "-"),
    )
