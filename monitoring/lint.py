"""What Cloud Monitoring would refuse, silently never fire, or read as something else.

promtool knows none of it: it takes any metric, any label and any window.
Source: https://cloud.google.com/monitoring/promql and the limits named at each check.
"""

from collections.abc import Iterator
from datetime import timedelta

import promql_parser as promql

from monitoring.catalogue import Catalogue, Metric
from monitoring.rules import Rule, RuleFile

FUNCTIONS = {"absent_over_time", "increase", "max_over_time", "rate", "vector"}
"""Those that rules and charts use and that Prometheus 2.44 has, which Cloud Monitoring follows. A
newer parser, as here, knows functions that Cloud Monitoring does not."""
COUNTING = {"increase", "rate"}
DELAYS = 2.5
"""A window is at least so many delays of its metric: one sample a minute that is two minutes late
leaves less than five minutes with one point or none."""
LONGEST_WITH_FOR = timedelta(hours=25)
"""A rule that looks further back has to go without a duration, says Google."""
INTERVAL_S = 30


def complaints(rules: RuleFile, catalogue: Catalogue) -> Iterator[str]:
    """Say what is wrong with the rules, beginning with the alert's name."""
    names = [rule.alert for rule in rules.rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: more than one rule has this name"
    for group in rules.groups:
        if int(group.interval[:-1]) % INTERVAL_S or group.interval == "0s":
            yield f"{group.name}: an interval is a multiple of {INTERVAL_S} s"
    for rule in rules.rules:
        yield from (f"{rule.alert}: {complaint}" for complaint in _rule(rule, catalogue))


def _rule(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    # Terraform writes the expression as one line, where a comment would swallow the rest.
    for sign in "#'":
        if sign in rule.expr:
            yield f"{sign} has no place in an expression"
    try:
        tree = promql.parse(rule.expr)
    except ValueError as exc:
        yield f"no PromQL: {exc}"
        return
    yield from _node(tree, None, catalogue.by_series)
    if max(_windows(tree), default=timedelta()) > LONGEST_WITH_FOR and rule.for_ != "0s":
        yield "looks back for more than 25 hours, which goes without a `for`"


def _node(node: promql.Expr, inside: promql.Call | None, known: dict[str, Metric]) -> Iterator[str]:
    if isinstance(node, promql.SubqueryExpr):
        yield "a subquery"
    if isinstance(node, promql.Call):
        if node.func.name not in FUNCTIONS:
            yield f"{node.func.name}() is not among the functions of Prometheus 2.44 used here"
        inside = node
    if isinstance(node, promql.MatrixSelector):
        yield from _selector(node.vector_selector, node.range, inside, known)
    elif isinstance(node, promql.VectorSelector):
        yield from _selector(node, None, inside, known)
    else:
        for child in _children(node):
            yield from _node(child, inside, known)


def _selector(
    node: promql.VectorSelector,
    window: timedelta | None,
    inside: promql.Call | None,
    known: dict[str, Metric],
) -> Iterator[str]:
    matchers = {matcher.name: matcher for matcher in node.matchers.matchers}
    metric = known.get(node.name or "")
    if metric is None or "__name__" in matchers or node.matchers.or_matchers:
        yield f"{node.name or 'a selector without a name'} is not in metrics.yaml"
        return
    if node.offset is not None or node.at is not None:
        yield f"{node.name} is read at another time"
    # Without it Cloud Monitoring refuses a metric that several types of resource have.
    resource = matchers.pop("monitored_resource", None)
    exactly = resource and resource.op == promql.MatchOp.Equal and resource.value
    if exactly != metric.resource:
        yield f'{node.name} needs monitored_resource="{metric.resource}"'
    for label in sorted(matchers.keys() - set(metric.labels)):
        yield f"{node.name} has no label {label} in metrics.yaml"
    shortest = timedelta(seconds=DELAYS * metric.delay_s)
    if window is not None and window < shortest:
        yield f"{node.name} is read over {window}, and {shortest} is the shortest that has figures"
    # A counter as it is means nothing, and so does the growth of a gauge.
    counted = inside is not None and inside.func.name in COUNTING
    if counted != (metric.kind == "DELTA"):
        yield f"{node.name} is a {metric.kind}, and read as the other kind"


def _children(node: promql.Expr) -> list[promql.Expr]:
    if isinstance(node, promql.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, promql.Call):
        return list(node.args)
    if isinstance(node, promql.AggregateExpr):
        return [node.expr, *([node.param] if node.param else [])]
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return [node.expr]
    return []


def _windows(node: promql.Expr) -> Iterator[timedelta]:
    if isinstance(node, promql.MatrixSelector):
        yield node.range
    for child in _children(node):
        yield from _windows(child)
