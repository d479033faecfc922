"""Alert rules that are wrong in one place: what the cases have to notice.

Of the rules generated for one promise the first is broken everywhere. The others are the same text
with other windows and limits, so those alone are broken in them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import promql_parser

from monitoring.durations import seconds
from monitoring.rules import Rule

_TOKEN = re.compile(
    r"""(?P<matcher>[a-z_]+(?:=~|=)"[^"]*") | (?P<window>\[\w+\]) | vector\(0\)
    | (?P<metric>[a-z_]+:\w+) | (?P<aggregation>\bsum(?=\()) | (?P<logic>\b(?:and|or|unless)\b)
    | (?P<number>\b\d+(?:\.\d+)?\b) | (?P<comparison>[<>!=]=|[<>]) | (?P<arithmetic>[-+/])""",
    re.VERBOSE,
)
_OTHERS = {
    ">": [">=", "<"],
    ">=": [">", "<"],
    "==": ["!="],
    "and": ["or", "unless"],
    "or": ["and"],
    "unless": ["and"],
    "+": ["-"],
    "-": ["+"],
    "/": ["*"],
    "sum": ["max"],
}
OF_ANY_WINDOW = ("number", "window", "for")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one mistake."""

    rule: Rule
    kind: str
    change: str

    @property
    def name(self) -> str:
        """Alert, kind and change, the same in each run."""
        return f"{self.rule.alert}: {self.kind} {self.change}"


def of_rules(rules: Sequence[Rule]) -> Iterator[Mutant]:
    """Make all mutants of these rules.

    Raises:
        ValueError: a mutant is no PromQL any more, so that its death would prove nothing.
    """
    promises: set[str] = set()
    for rule in rules:
        first = rule.labels.slo is None or rule.labels.slo not in promises
        promises.add(rule.labels.slo or "")
        yield from (m for m in of_rule(rule) if first or m.kind in OF_ANY_WINDOW)


def of_rule(rule: Rule) -> Iterator[Mutant]:
    """Make all mutants of one rule; raises as `of_rules` does."""
    for kind, change, expr in _expressions(rule.expr):
        promql_parser.parse(expr)
        yield Mutant(rule.model_copy(update={"expr": expr}), kind, change)
    for other in ("5m",) if rule.for_ == "0s" else ("0s", *_half_and_double(rule.for_)):
        mutant = rule.model_copy(update={"for_": other})
        yield Mutant(mutant, "for", f"{rule.for_} -> {other}")


def _expressions(expr: str) -> Iterator[tuple[str, str, str]]:
    seen: dict[str, int] = {}
    tokens = [match for match in _TOKEN.finditer(expr) if match.lastgroup]
    # Half of a sum is above zero whenever the sum is.
    more_than_any = any(m.lastgroup == "number" and m[0] != "0" for m in tokens)
    for match in tokens:
        kind, old = str(match.lastgroup), match[0]
        if kind == "window" or (kind == "aggregation" and not more_than_any):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        for new in _replacements(kind, old):
            changed = expr[: match.start()] + new + expr[match.end() :]
            yield kind, f"{seen[kind]}: {old} -> {new or 'nothing'}", _tidy(changed)
    # One window is one decision, wherever it stands.
    for window in dict.fromkeys(m[0] for m in tokens if m.lastgroup == "window"):
        for other in _half_and_double(window[1:-1]):
            yield "window", f"{window} -> [{other}]", expr.replace(window, f"[{other}]")


def _replacements(kind: str, old: str) -> list[str]:
    match kind:
        case "matcher":
            return ["", re.sub(r'=~?".*"', '="other"', old)]
        case "metric":
            return [f"{old}_other"]
        case "number":
            return _numbers(old)
    return _OTHERS[old]


def _numbers(text: str) -> list[str]:
    number = float(text)
    if number == 0:
        return ["1"]
    if number <= 5 and number.is_integer():  # noqa: PLR2004 - a fifth of it would be no event
        return [f"{number - 1:g}", f"{number + 1:g}"]
    return [f"{number * 0.8:g}", f"{number * 1.25:g}"]


def _half_and_double(duration: str) -> list[str]:
    whole = int(seconds(duration))
    return [f"{whole // 2}s", f"{whole * 2}s"]


def _tidy(expr: str) -> str:
    return expr.replace("{,", "{").replace(",}", "}").replace(",,", ",")
