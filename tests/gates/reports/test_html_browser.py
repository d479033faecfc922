"""In a real browser the page filters, fits a phone, is accessible, and asks for nothing."""

import re
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe

from gates.finding import Level
from tests.gates.reports.browsing import DESKTOP, PHONE, visible_rows
from tests.gates.reports.verdicts import finding, many, mixed, outcome, parade, verdict

SCREENS = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]
SCREEN_IDS = ["desktop", "desktop-dark", "phone", "phone-dark"]
BOOTSTRAP, QUERY, NOWHERE = "ruff deploy/bootstrap.py:41", "ruff app/query.py:7", "ruff no file"
ACCESS, REGISTRY = "checkov terraform/access.tf:12", "checkov terraform/registry.tf:7"
ALL = [ACCESS, BOOTSTRAP, QUERY, NOWHERE, REGISTRY]


@pytest.mark.parametrize(
    ("chosen", "typed", "left"),
    [
        ({}, "", ALL),
        ({"gate": "checkov"}, "", [ACCESS, REGISTRY]),
        ({"level": "error"}, "", [ACCESS, BOOTSTRAP]),
        ({"level": "note"}, "", [NOWHERE]),
        ({"waived": "yes"}, "", [REGISTRY]),
        ({"waived": "no"}, "", [ACCESS, BOOTSTRAP, QUERY, NOWHERE]),
        ({}, "terraform/", [ACCESS, REGISTRY]),
        ({}, "S602", [BOOTSTRAP]),
        ({}, "s602 BOOTSTRAP", [BOOTSTRAP]),
        ({}, "s602 query", []),
        ({}, "until may", [REGISTRY]),
        ({}, "missing-docstring", [QUERY]),
        ({"gate": "ruff", "level": "warning", "waived": "no"}, "query", [QUERY]),
        ({"gate": "checkov", "level": "note"}, "", []),
        ({}, ".*", []),
        ({}, "<td>", []),
    ],
)
def test_the_filters_leave_what_fits_all_of_them(show, chosen, typed, left):
    page = show(mixed()).page
    for label, value in chosen.items():
        page.locator(f"select[name={label}]").select_option(value)
    page.get_by_label("Text").press_sequentially(typed)
    assert visible_rows(page) == left
    assert page.get_by_role("status").inner_text() == f"{len(left)} of 5 shown"
    page.get_by_role("button", name="Show all").click()
    page.get_by_text("5 of 5 shown").wait_for()
    assert visible_rows(page) == ALL
    assert page.get_by_label("Text").input_value() == ""


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_gate_in_the_picture_leads_to_its_findings(show, screen):
    page = show(mixed(), viewport=screen).page
    page.get_by_label("Text").fill("S602")
    page.get_by_role("link", name="checkov").click()
    page.get_by_text("2 of 5 shown").wait_for()
    assert visible_rows(page) == [ACCESS, REGISTRY]
    assert page.url.endswith("#findings")


def test_without_scripts_everything_is_there_but_the_filters(show):
    page = show(mixed(), java_script_enabled=False).page
    assert visible_rows(page) == ALL
    assert not page.locator("#filters").is_visible()
    assert page.get_by_text("5 findings").is_visible()
    assert page.locator("body").evaluate("e => getComputedStyle(e).margin") == "0px"


def test_the_page_asks_for_nothing_and_has_nothing_to_complain_of(show):
    seen = show(mixed())
    seen.page.get_by_label("Text").fill("x")
    seen.page.wait_for_load_state("networkidle")
    assert seen.requests == [seen.page.url]
    assert (seen.dialogs, seen.said, seen.refused) == ([], [], [])


@pytest.mark.parametrize(
    "subject", [mixed(), parade(), many(300)], ids=["mixed", "hostile", "many"]
)
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_never_scrolls_sideways(show, subject, screen):
    page = show(subject, viewport=screen).page
    wide = page.evaluate(
        "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
    )
    assert wide[0] <= wide[1] == screen["width"]
    beyond = page.evaluate(
        "limit => [...document.querySelectorAll('main :is(p, td, th, code, a, li, label, span)')]"
        ".filter(each => each.checkVisibility() && each.getBoundingClientRect().right > limit + 1)"
        ".map(each => each.outerHTML.slice(0, 200))",
        screen["width"],
    )
    assert beyond == []


@pytest.mark.parametrize(("screen", "scheme"), SCREENS, ids=SCREEN_IDS)
@pytest.mark.parametrize("subject", [mixed(), verdict(outcome())], ids=["mixed", "pass"])
def test_the_page_is_accessible(show, subject, screen, scheme):
    """axe-core's rules, contrast among them, on what is seen and what a screen reader is told."""
    page = show(subject, viewport=screen, color_scheme=scheme).page
    found = Axe().run(page).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert found["testEngine"]["name"] == "axe-core"


@pytest.mark.parametrize(
    ("screen", "heads"),
    [(DESKTOP, True), (PHONE, False)],
    ids=["desktop", "phone"],
)
def test_on_a_phone_a_row_is_a_card_and_stays_a_row_for_a_screen_reader(show, screen, heads):
    page = show(mixed(), viewport=screen).page
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(each["role"]["value"] for each in tree if not each["ignored"])
    assert {"table": 2, "row": 12, "columnheader": 10, "rowheader": 5, "cell": 45}.items() <= (
        roles.items()
    )
    label = "e => getComputedStyle(e, '::before').content"
    assert page.locator("#findings td").nth(1).evaluate(label) == ("none" if heads else '"Gate: "')


def test_the_dark_scheme_is_dark(show):
    colours = {}
    for scheme in ("light", "dark"):
        page = show(mixed(), color_scheme=scheme).page
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        colours[scheme] = max(map(int, re.findall(r"\d+", colour)))
    assert colours["dark"] < 50
    assert colours["light"] > 200


def test_on_paper_the_page_is_light_and_has_no_filters(show):
    page = show(mixed(), color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#filters").is_visible()
    assert visible_rows(page) == ALL
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert max(map(int, re.findall(r"\d+", ink))) < 60
    assert page.pdf(format="A4").startswith(b"%PDF-")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_5000_findings_stay_usable(show, screen):
    """A word is typed, and what fits stands there within two seconds."""
    crowd = many(4999).outcomes[0]
    page = show(verdict(crowd, outcome("zizmor", finding(level=Level.ERROR))), viewport=screen).page
    measure = (
        "word => { const form = document.getElementById('filters');"
        "form.elements.text.value = word; const started = performance.now();"
        "form.dispatchEvent(new Event('input')); document.body.offsetHeight;"
        "return performance.now() - started; }"
    )
    took_ms = [page.evaluate(measure, word) for word in ("module_1", "missing", "module_777")]
    assert page.get_by_role("status").inner_text() == "1 of 5000 shown"
    assert min(took_ms) < 2000
