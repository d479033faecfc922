"""Verdicts for the reports to show, and what a hostile pull request may put into them."""

from dataclasses import fields, replace
from datetime import UTC, datetime

from gates.finding import Finding, Level
from gates.outcome import Outcome, Status
from gates.verdict import Verdict

MADE = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
RUN = "window.owned=1"

HOSTILE = {
    "script": f"<script>{RUN}</script>",
    "end of script": f"</script><script>{RUN}</script>",
    "end of style and title": f"</style></title><img src=x onerror={RUN}>",
    "end of table": f"</td></tr></table><svg/onload={RUN}>",
    "double quote": f'" onmouseover="{RUN}" autofocus onfocus="{RUN}',
    "single quote": f"' onmouseover='{RUN}' x='",
    "no quote": f"x onmouseover={RUN} ",
    "entity": f"&lt;script&gt;{RUN}&#60;/script&#62;",
    "template": "{{7*7}}{%for x in y%}{#${7*7}",
    "script address": f"javascript:{RUN}",
    "script address in disguise": f"java\tscript:{RUN}//https://example.test/",
    "data address": f"data:text/html,<script>{RUN}</script>",
    "address with a quote": f'https://example.test/"onclick="{RUN}',
    "address with a tag": f"https://example.test/<img/src/onerror={RUN}>",
    "address of another host": "https://example.test@evil.test/",
    "address with a backslash": "https://example.test\\@evil.test/",
    "comment": "<!-- --!> <![CDATA[ <?",
    "base": "<base href=https://evil.test/><meta http-equiv=refresh content=0;https://evil.test/>",
    "right to left": "photo_\u202egpj.exe",
    "isolate": "a\u2066b\u2069c",
    "no width": "pay\u200bload\ufeff",
    "tag characters": "a\U000e0068\U000e0069b",
    "filler": "a\u3164b\u2800c",
    "end": "a\x00b",
    "terminal": "\x1b[31mred\x1b[0m\x9b",
    "lines": "one\ntwo\rthree\u2028four\tfive",
    "bytes": "name_\udcff\udc80.py",
    "long word": "w" * 5000,
    "marks": "e" + "\u0301" * 400,
    "picture": "👩‍💻❤️🏴",
    "other direction": "שלום/مرحبا.py",
}
"""File names, rules, messages and the like, as a stranger would write them."""


def finding(**given):
    """Write a finding; a test names what it is about."""
    usual = {
        "gate": "ruff",
        "rule": "D103",
        "level": Level.WARNING,
        "path": "app/query.py",
        "line": 7,
        "message": "Missing docstring",
    }
    return Finding(**{**usual, **given})


def outcome(gate="ruff", *findings, **given):
    """Write an outcome whose status fits its findings."""
    given.setdefault("status", Status.FOUND if findings else Status.PASSED)
    findings = tuple(replace(each, gate=gate) for each in findings)
    usual = {"about": "lint", "scanned": 9, "seconds": 0.5, "version": "1.2.3"}
    return Outcome(gate=gate, findings=findings, **{**usual, **given})


def verdict(*outcomes, **given):
    """Write a verdict of these outcomes."""
    usual = {"complaints": (), "wall_s": 7.25, "sum_s": 21.5, "commit": "3f2a1b9c0d4e5f6071829"}
    return Verdict(outcomes=outcomes, made=MADE, **{**usual, **given})


def everywhere(text):
    """Write a verdict that has this text wherever there is text at all."""
    found = Finding(**{**_texts(Finding, text), "level": Level.ERROR, "line": 3, "gate": text})
    waived, unwaived = found, replace(found, waived="")
    broken = Outcome(**{**_texts(Outcome, text), "notes": (text,), "status": Status.BROKEN})
    failed = replace(broken, status=Status.FOUND, findings=(unwaived, waived))
    return verdict(failed, broken, complaints=(text,), notes=(text,), commit=text)


def parade():
    """Write a verdict with all hostile texts, each everywhere."""
    texts = tuple(HOSTILE.values())
    outcomes = (each for text in texts for each in everywhere(text).outcomes)
    return verdict(*outcomes, notes=texts, complaints=texts, commit=HOSTILE["end of script"])


def many(count, level=Level.NOTE):
    """Write a verdict with this many findings, each at its own place."""
    place = [f"app/folder_{each % 50}/module_{each}.py" for each in range(count)]
    fix = "https://docs.example.test/rules/missing-docstring"
    found = [finding(path=each, fix=fix, level=level) for each in place]
    return verdict(outcome("ruff", *found))


def mixed():
    """Write a verdict that has everything the page can show."""
    return verdict(
        outcome(
            "ruff",
            finding(rule="S602", level=Level.ERROR, path="deploy/bootstrap.py", line=41),
            finding(fix="https://docs.example.test/rules/missing-docstring"),
            finding(path="", line=0, level=Level.NOTE, message="Nothing is configured"),
        ),
        outcome(
            "checkov",
            finding(rule="HDP_PUBLIC", level=Level.ERROR, path="terraform/access.tf", line=12),
            finding(rule="CKV_84", path="terraform/registry.tf", waived="no keys yet, until May"),
        ),
        outcome("pip-audit", status=Status.BROKEN, reason="The service is silent; try again."),
        outcome("mypy", notes=("types of 2026",), seconds=5.75, scanned=140),
        outcome("actionlint", status=Status.UNTOUCHED, scanned=0, seconds=0.0),
        complaints=("HDP_OLD expired on 2026-03-01; renew it or mend it",),
        notes=("OFFLINE: no current advisories were asked. The data: 8 days old",),
    )


def _texts(kind, text):
    """Give each field that is text this text."""
    return {field.name: text for field in fields(kind) if field.type is str}
