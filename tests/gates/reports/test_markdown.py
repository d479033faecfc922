"""What a hostile pull request names its files is text in the summary, and nothing else."""

from datetime import UTC, datetime

import pytest

from gates.finding import Finding, Level
from gates.outcome import Outcome, Status
from gates.reports import markdown
from gates.verdict import Verdict


def verdict(*outcomes, complaints=(), notes=()):
    return Verdict(
        outcomes=outcomes,
        complaints=complaints,
        wall_s=1,
        sum_s=2,
        commit="",
        made=datetime(2030, 1, 31, tzinfo=UTC),
        notes=notes,
    )


def found(**texts):
    keys = {"gate": "g", "rule": "R", "level": Level.ERROR, "message": "m"}
    finding = Finding(**(keys | texts))
    return Outcome(gate="g", about="x", status=Status.FOUND, findings=(finding,), scanned=3)


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "https://evil.example",
    "www.evil.example",
    "@somebody",
    "#1",
    "a | b | c",
    "`code`",
    "```\nfence",
    "\n## Gates: pass\n",
    "</code></td></table>",
    "&lt;b&gt;",
    "**bold** _it_ ~~no~~",
    "\\",
    "$x$",
    ":tada:",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("where", ["rule", "path", "message", "fix"])
def test_a_strangers_text_is_no_markup(text, where):
    """Nothing of it that could steer is left as it is, and all of it is inside of `<code>`."""
    written = markdown.render(verdict(found(**{where: text})))
    plain = markdown.render(verdict(found(**{where: "harmless"})))
    assert "".join(c for c in text if c in "<>[]|`@#*_~\\$:!\n") == "" or text not in written
    assert written.count("\n") == plain.count("\n")
    for sign in "<>|`@[]#*_~$\\":
        assert written.replace("&#", "").count(sign) == plain.replace("&#", "").count(sign), sign


def test_quoted_text_reads_as_it_was():
    assert markdown.quoted("a<b") == "<code>a&#60;b</code>"
    assert markdown.quoted("") == ""
    assert len(markdown.quoted("x" * 10_000)) < 600


@pytest.mark.parametrize(
    ("status", "exit_words"),
    [(Status.PASSED, "pass"), (Status.BROKEN, "could not judge")],
)
def test_the_answer_comes_first(status, exit_words):
    outcome = Outcome(gate="g", about="x", status=status, reason="why", scanned=1)
    assert markdown.render(verdict(outcome)).startswith(f"## Gates: {exit_words}\n")


def test_what_nobody_may_overlook_is_a_warning():
    written = markdown.render(verdict(found(), notes=("OFFLINE",), complaints=("expired",)))
    assert "> [!WARNING]\n> <code>OFFLINE</code>" in written
    assert "- waivers: <code>expired</code>" in written


def test_a_reason_is_told():
    outcome = Outcome(gate="g", about="x", status=Status.BROKEN, reason="no tool")
    assert "### g could not judge\n\n<code>no tool</code>" in markdown.render(verdict(outcome))


def test_a_flood_is_cut_and_counted():
    one = found().findings[0]
    outcome = Outcome(gate="g", about="x", status=Status.FOUND, findings=(one,) * 70, scanned=1)
    written = markdown.render(verdict(outcome))
    assert "and 20 more" in written
    assert written.count("<code>R</code>") == 50
