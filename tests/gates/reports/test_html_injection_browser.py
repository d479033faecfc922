"""In a real browser no text of a stranger does anything; the page's policy sees to it again."""

import re

import pytest

from gates.reports import foreign, html
from tests.gates.reports.browsing import DESKTOP, PHONE, visible_rows
from tests.gates.reports.verdicts import HOSTILE, RUN, finding, mixed, outcome, parade, verdict

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_hostile_texts_do_nothing_but_stand_there(show, screen):
    """Also when each is pointed at, and all that can be pressed has been."""
    seen = show(parade(), viewport=screen)
    for kind in ("mouseover", "focus", "click", "error", "load"):
        seen.page.evaluate(
            "kind => document.querySelectorAll('body *:not(a[rel])').forEach("
            "each => each.dispatchEvent(new Event(kind)))",
            kind,
        )
    seen.page.wait_for_load_state("networkidle")
    assert seen.requests == [seen.page.url.partition("#")[0]]
    assert (seen.dialogs, seen.said, seen.refused, seen.owned) == ([], [], [], False)
    noted = seen.page.locator("[aria-labelledby=notes] li").all_text_contents()
    assert noted == [foreign.shown(text) for text in HOSTILE.values()]


def test_a_hostile_gate_is_filtered_like_any_other(show):
    name = HOSTILE["double quote"]
    page = show(verdict(outcome(name, finding()), outcome("ruff", finding()))).page
    page.locator("select[name=gate]").select_option(name)
    assert [
        each.get_attribute("data-gate") for each in page.locator("tr:visible[data-gate]").all()
    ] == [name]


INJECTED = {
    "script": "<script>" + RUN + "</script>",
    "foreign script": "<script src='{url}/script'></script>",
    "module": "<script type=module>import '{url}/module'</script>",
    "handler": f"<svg onload={RUN}></svg>",
    "image": "<img src='{url}/image' onerror=" + RUN + " onload=" + RUN + ">",
    "stylesheet": "<link rel=stylesheet href='{url}/style'>",
    "style": "<style>body{{background:url({url}/background)}}</style>",
    "style attribute": "<p style='background:url({url}/attribute)'>x</p>",
    "frame": "<iframe src='{url}/frame'></iframe>",
    "frame of text": "<iframe srcdoc='<script>parent.owned=1</script>'></iframe>",
    "object": "<object data='{url}/object'></object>",
    "video": "<video src='{url}/video'></video>",
    "link that runs": f"<a class=press href='javascript:{RUN}'>press</a>",
    "button that runs": f"<button class=press onclick={RUN}>press</button>",
    "form": "<form action='{url}/form' method=post><button class=press>press</button></form>",
}
"""Markup that is written past the escaping, which no text can do; `url` is the bystander's."""


def inject(page, markup, url):
    """Put markup into the first finding's row, before the page's own script."""
    start, end = page.split('<p dir="auto">Missing', 1)
    return f'{start}{markup.format(url=url)}<p dir="auto">Missing{end}'


def press(page):
    for button in page.locator(".press").all():
        button.click(no_wait_after=True)
    page.wait_for_timeout(200)


@pytest.mark.parametrize("markup", INJECTED.values(), ids=INJECTED)
def test_even_injected_markup_neither_runs_nor_loads(show, bystander, markup):
    url, asked = bystander
    seen = show(inject(html.render(mixed()), markup, url))
    press(seen.page)
    assert (asked, seen.owned, seen.dialogs) == ([], False, [])
    assert any("Content Security Policy" in each for each in seen.said)
    assert len(visible_rows(seen.page)) == 5


@pytest.mark.parametrize("markup", INJECTED.values(), ids=INJECTED)
def test_without_the_policy_the_same_markup_does_run_or_load(show, bystander, markup):
    """So what the test before this one sees refused is the policy's doing."""
    url, asked = bystander
    page, policies = POLICY.subn("", inject(html.render(mixed()), markup, url))
    assert policies == 1
    seen = show(page)
    press(seen.page)
    seen.page.wait_for_load_state("networkidle")
    assert asked or seen.owned
