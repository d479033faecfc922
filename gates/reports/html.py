"""The verdict as one page that needs nothing else: no request, and no script but its own.

Its policy names its one script and its one style by their hashes, so that markup which got past
the escaping could neither run nor load anything.
Source: https://www.w3.org/TR/CSP3/#external-hash
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from gates.finding import Finding, Level
from gates.outcome import Outcome, Status
from gates.reports import foreign
from gates.verdict import Verdict

HERE = Path(__file__).parent
INLINE = ("report.css", "report.js")
MOST = 5000
"""Findings on the page, the worst first; more would make a browser slow."""
MANY = 200
"""Findings from which on a phone lays out only what is near; a screen reader sees less ahead."""
MOST_LINES = 100
"""Notes or complaints in one list."""
WAIVED = "waived"
PARTS = (*(level.value for level in Level), WAIVED)
"""What a bar consists of, in this order."""
FULL = 100.0
LEAST = 1.0
"""Per cent of the width; a part of a bar is never so short that it is not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a bar. `start` and `width` are per cent of the picture's width."""

    kind: str
    count: int
    start: float
    width: float


def render(verdict: Verdict) -> str:
    """Write it as UTF-8 text; the size is bounded, and what is left out is counted on the page."""
    findings = sorted(_findings(verdict), key=_rank)
    return _template().render(
        verdict=verdict,
        statuses=Counter(outcome.status for outcome in verdict.outcomes),
        counts=Counter(kind_of(each) for each in findings),
        bars=bars(verdict.outcomes),
        slowest_s=max((outcome.seconds for outcome in verdict.outcomes), default=0.0),
        findings=findings[:MOST],
        total=len(findings),
    )


def kind_of(finding: Finding) -> str:
    """Name the part of a bar that it counts in: its level, or that it is waived."""
    return WAIVED if finding.waived else finding.level.value


def bars(outcomes: tuple[Outcome, ...]) -> Mapping[str, tuple[Part, ...]]:
    """Lay out a bar for each gate that found something, all to one scale."""
    counts = {each.gate: Counter(map(kind_of, each.findings)) for each in outcomes if each.findings}
    most = max((count.total() for count in counts.values()), default=0)
    return {gate: tuple(_parts(count, most)) for gate, count in counts.items()}


def _parts(count: Counter[str], most: int) -> Iterator[Part]:
    start, room = 0.0, FULL - LEAST * len(PARTS)
    for kind in filter(count.__getitem__, PARTS):
        width = LEAST + room * count[kind] / most
        yield Part(kind=kind, count=count[kind], start=round(start, 2), width=round(width, 2))
        start += width


def _findings(verdict: Verdict) -> Iterator[Finding]:
    for outcome in verdict.outcomes:
        yield from outcome.findings


def _rank(finding: Finding) -> tuple[int, str, str, int]:
    """The worst first; waived ones last."""
    return (PARTS.index(kind_of(finding)), finding.gate, finding.path, finding.line)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        finalize=foreign.shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["linked"] = foreign.linked
    # What the page includes, and not the file, is what a browser hashes.
    sources = {name: environment.get_template(name).render() for name in INLINE}
    environment.globals.update(
        hashes={name: _hash(source) for name, source in sources.items()},
        Status=Status,
        PARTS=PARTS,
        MANY=MANY,
        MOST_LINES=MOST_LINES,
    )
    return environment.get_template("report.html.j2")


def _hash(source: str) -> str:
    return f"sha256-{b64encode(sha256(source.encode()).digest()).decode()}"
