"""The verdict as GitHub's Markdown, for a job's summary and a pull request."""

from collections.abc import Iterator

from gates.finding import Finding
from gates.outcome import Outcome, Status
from gates.verdict import Verdict

MARKS = {
    Status.PASSED: "✅",
    Status.FOUND: "❌",
    Status.BROKEN: "⛔",
    Status.UNTOUCHED: "⚪",
}
SHOWN = 50
"""Findings a gate; GitHub refuses a summary of more than 1 MiB."""
PLAIN = frozenset(" ,.-/()'")
LONGEST = 500


def render(verdict: Verdict) -> str:
    """Write it. What comes from files or tools is in `<code>`, where nothing is a mention."""
    return "\n".join(_lines(verdict)) + "\n"


def quoted(text: str) -> str:
    """Write a stranger's text so that it is no markup, HTML, link or mention."""
    cut = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return f"<code>{''.join(map(_entity, cut))}</code>" if text else ""


def _entity(letter: str) -> str:
    plain = letter.isalnum() or letter in PLAIN
    return letter if plain else f"&#{ord(letter)};"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"## Gates: {verdict.words}\n"
    for note in verdict.notes:
        yield f"> [!WARNING]\n> {quoted(note)}\n"
    yield "| | gate | looked at | seconds | findings |"
    yield "|---|---|--:|--:|--:|"
    for each in verdict.outcomes:
        scanned = f"{each.scanned} {each.unit}" if each.scanned else each.status.value
        name = f"**{each.gate}** {each.about}"
        yield (
            f"| {MARKS[each.status]} | {name} | {scanned} | {each.seconds:.1f} | {len(each.open)} |"
        )
    yield f"\n{verdict.wall_s:.1f} s for {verdict.sum_s:.1f} s of gates.\n"
    for text in verdict.complaints:
        yield f"- waivers: {quoted(text)}"
    for outcome in verdict.outcomes:
        yield from _details(outcome)


def _details(outcome: Outcome) -> Iterator[str]:
    if outcome.reason:
        yield f"\n### {outcome.gate} could not judge\n\n{quoted(outcome.reason)}"
    if outcome.findings:
        yield f"\n### {outcome.gate}\n"
        yield "| rule | where | what | how to mend it |\n|---|---|---|---|"
        yield from (_row(each) for each in outcome.findings[:SHOWN])
    if len(outcome.findings) > SHOWN:
        yield f"\nand {len(outcome.findings) - SHOWN} more, in the report"


def _row(each: Finding) -> str:
    mend = f"waived: {each.waived}" if each.waived else each.fix
    return f"| {' | '.join(map(quoted, (each.rule, each.place, each.message, mend)))} |"
