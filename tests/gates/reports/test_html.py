"""The page says all that the verdict does; what it leaves out, it counts."""

import re
import time
from dataclasses import replace

import pytest

from gates.finding import Level
from gates.outcome import Status
from gates.reports import html
from tests.gates.reports.documents import parse
from tests.gates.reports.verdicts import finding, many, mixed, outcome, verdict


def rows(document):
    """List the attributes of the findings' rows, in their order."""
    return [each.attributes for each in document.all("tr") if "data-level" in each.attributes]


@pytest.mark.parametrize(
    ("subject", "words", "reason"),
    [
        (verdict(outcome()), "pass", "none found anything that no waiver covers"),
        (verdict(outcome("ruff", finding())), "findings", "mend it, or waive it"),
        (verdict(outcome(), complaints=("it expired",)), "findings", "it expired"),
        (mixed(), "could not judge", "gave no answer that can be relied on"),
        (verdict(), "could not judge", "No gate ran."),
        (verdict(outcome(scanned=0)), "could not judge", "gave no answer"),
    ],
)
def test_the_answer_stands_first_in_words(subject, words, reason):
    document = parse(html.render(subject))
    assert document.all("title")[0].text == f"Gates: {words}, 3f2a1b9c0d4e"
    (head,) = (each for each in document.all("span", **{"class": "sign"}))
    assert head.text == words
    assert reason in document.text


@pytest.mark.parametrize(
    "said",
    [
        "3f2a1b9c0d4e5f6071829",
        "2026-03-14 15:09:26 UTC",
        "7.2 s, for 21.5 s of gates",
        "2 passed, 2 found",
        "OFFLINE: no current advisories were asked. The data: 8 days old",
        "HDP_OLD expired on 2026-03-01; renew it or mend it",
        "2 errors, 1 warning, 1 note, 1 waived",
        "The service is silent; try again.",
        "140 files",
        "types of 2026",
        "terraform/access.tf:12",
        "HDP_PUBLIC",
        "Nothing is configured",
        "https://docs.example.test/rules/missing-docstring",
        "no keys yet, until May",
        "no file",
    ],
)
def test_nothing_of_the_verdict_is_missing(said):
    subject = mixed()
    passed = replace(outcome("shellcheck"), notes=())
    subject = replace(subject, outcomes=(*subject.outcomes, passed))
    assert said in parse(html.render(subject)).text


def test_the_worst_comes_first_and_what_is_waived_last():
    levels = [
        (each["data-level"], each["data-waived"]) for each in rows(parse(html.render(mixed())))
    ]
    assert levels == [
        ("error", "no"),
        ("error", "no"),
        ("warning", "no"),
        ("note", "no"),
        ("warning", "yes"),
    ]


@pytest.mark.parametrize(
    ("count", "rows_shown", "said"),
    [
        (1, 1, None),
        (5000, 5000, None),
        (5001, 5000, "the worst 5000 of 5001 findings; 1 more are in verdict.json"),
        (6000, 5000, "the worst 5000 of 6000 findings; 1000 more are in verdict.json"),
    ],
)
def test_findings_are_left_out_above_5000_and_counted(count, rows_shown, said):
    document = parse(html.render(many(count)))
    assert len(rows(document)) == rows_shown
    assert (said in document.text) if said else ("verdict.json" not in document.text)
    assert f"{count} note" in document.text


def test_the_worst_finding_is_never_left_out():
    crowd = many(5000).outcomes[0]
    worst = outcome("zizmor", finding(level=Level.ERROR, path="z.yml"))
    document = parse(html.render(verdict(crowd, worst)))
    assert rows(document)[0]["data-gate"] == "zizmor"
    assert len(rows(document)) == 5000


@pytest.mark.parametrize("part", ["notes", "complaints"])
def test_a_long_list_says_how_much_of_it_is_left_out(part):
    document = parse(html.render(verdict(outcome(), **{part: tuple(map(str, range(150)))})))
    assert [each.text for each in document.all("li")][-2:] == ["99", "and 50 more, in verdict.json"]


def test_5000_findings_take_a_second_or_two():
    html.render(mixed())
    subject, took = many(5000), []
    for _ in range(3):
        started = time.process_time()
        html.render(subject)
        took.append(time.process_time() - started)
    # A second where the machine is alone; a template that grew with the square would take minutes.
    assert min(took) < 3.0


@pytest.mark.parametrize(
    ("levels", "waived", "parts"),
    [
        ([Level.ERROR], 0, [("error", 1, 0, 97)]),
        ([Level.ERROR] * 3 + [Level.NOTE], 0, [("error", 3, 0, 73), ("note", 1, 73, 25)]),
        (
            [Level.NOTE, Level.WARNING],
            2,
            [("warning", 1, 0, 25), ("note", 1, 25, 25), ("waived", 2, 50, 49)],
        ),
        ([], 4, [("waived", 4, 0, 97)]),
    ],
)
def test_a_bar_has_its_parts_in_proportion(levels, waived, parts):
    found = [finding(level=level) for level in levels]
    found += [finding(waived="until May")] * waived
    ((gate, bar),) = html.bars((outcome("ruff", *found), outcome("mypy"))).items()
    assert gate == "ruff"
    assert [(each.kind, each.count, each.start, each.width) for each in bar] == parts


def test_all_bars_have_one_scale_and_the_shortest_is_seen():
    found = html.bars((outcome("a", *[finding()] * 4999), outcome("b", finding())))
    assert found["a"][0].width == pytest.approx(97)
    assert 1 <= found["b"][0].width < 1.1


def test_no_part_of_a_bar_is_told_by_its_colour_alone():
    """Each has a pattern of its own beside the colour, and its count in words."""
    document = parse(html.render(mixed()))
    patterns = {each.attributes["id"] for each in document.all("pattern")}
    used = {}
    for each in document.all("rect"):
        if found := re.fullmatch(r"url\(#(.+)\)", each.attributes.get("fill") or ""):
            used.setdefault(each.attributes["class"], set()).add(found[1])
    kinds = [*html.PARTS, "broken"]
    assert used == {f"tone {kind}": {f"of-{kind}"} for kind in kinds}
    assert patterns == {f"of-{kind}" for kind in kinds}


@pytest.mark.parametrize("status", Status)
def test_every_status_is_in_words(status):
    subject = outcome(status=status, reason="a reason" if status is Status.BROKEN else "")
    words = [
        each.text for each in parse(html.render(verdict(subject))).elements if each.tag == "span"
    ]
    assert status.value in words


def test_what_stands_in_a_table_says_what_it_is_however_it_is_laid_out():
    """Some browsers take a row that is laid out as a card for no row, unless it says so."""
    said = {
        (each.tag, each.attributes.get("scope"), each.attributes.get("role"))
        for each in parse(html.render(mixed())).elements
        if each.tag in {"table", "thead", "tbody", "tr", "th", "td"}
    }
    assert said == {
        ("table", None, "table"),
        ("thead", None, "rowgroup"),
        ("tbody", None, "rowgroup"),
        ("tr", None, "row"),
        ("th", "col", "columnheader"),
        ("th", "row", "rowheader"),
        ("td", None, "cell"),
    }
