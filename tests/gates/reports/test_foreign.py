"""What a stranger wrote is seen whole, or it is said how much is left out; it never misleads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from gates.reports import foreign
from tests.gates.reports.verdicts import HOSTILE

DOCS = "https://docs.example.test/rules/D103"


def link(address):
    return f'<a href="{address}" rel="noopener noreferrer">{address}</a>'


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain words, 'quoted' <tags> & all", "plain words, 'quoted' <tags> & all"),
        ("žluťoučký kůň, 漢字, שלום", "žluťoučký kůň, 漢字, שלום"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("photo_\u202egpj.exe", "photo_\\u{202e}gpj.exe"),
        ("a\u2066b\u2069", "a\\u{2066}b\\u{2069}"),
        ("pay\u200bload\ufeff", "pay\\u{200b}load\\u{feff}"),
        ("a\U000e0068b", "a\\u{e0068}b"),
        ("a\U000e0101b", "a\\u{e0101}b"),
        ("a\u3164b\u2800c\u115fd", "a\\u{3164}b\\u{2800}c\\u{115f}d"),
        ("a\xa0b", "a\\u{a0}b"),
        ("a\x00b\x1b[31m\x9b", "a\\u{0}b\\u{1b}[31m\\u{9b}"),
        ("one\ntwo\tthree\r\u2028", "one⏎two⇥three\\u{d}\\u{2028}"),
        ("name_\udcff.py", "name_\\u{dcff}.py"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text, seen):
    assert foreign.visible(text) == seen


@given(st.text(st.characters()))
def test_whatever_is_shown_can_be_seen_and_saved(text):
    seen = foreign.visible(text)
    assert seen.isprintable()
    assert not foreign.UNSEEN.search(seen)
    assert seen.encode().decode() == seen


@pytest.mark.parametrize(
    ("length", "end"),
    [
        (0, ""),
        (1000, "w"),
        (1001, "w … and 1 characters more"),
        (9999, "… and 8999 characters more"),
    ],
)
def test_a_long_text_says_how_much_of_it_is_left_out(length, end):
    shown = foreign.shown("w" * length)
    assert shown.endswith(end)
    assert len(shown) <= foreign.LONGEST + 40


def test_writing_out_does_not_lengthen_without_end():
    assert len(foreign.shown("\U000e0068" * foreign.LONGEST)) <= foreign.LONGEST + 40


@pytest.mark.parametrize("value", [7, 1.5, None, Markup("<b>ours</b>")])
def test_numbers_and_our_own_markup_stay_as_they_are(value):
    assert foreign.shown(value) is value


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("Name one account.", "Name one account."),
        (DOCS, link(DOCS)),
        (f"See {DOCS}.", f"See {link(DOCS)}."),
        (f"({DOCS}), or {DOCS}#top!", f"({link(DOCS)}), or {link(f'{DOCS}#top')}!"),
        ("https://example.test", link("https://example.test")),
        ("https://example.test:8443/", link("https://example.test:8443/")),
        ("https://example.test/a_(b)/?c=d", link("https://example.test/a_(b)/?c=d")),
        (f"{DOCS}?a=1&b=2", link(f"{DOCS}?a=1&amp;b=2")),
        ("http://example.test/", "http://example.test/"),
        ("ftp://example.test/ //example.test/", "ftp://example.test/ //example.test/"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("JAVASCRIPT:alert(1)", "JAVASCRIPT:alert(1)"),
        ("data:text/html,x", "data:text/html,x"),
        ("https://user:word@evil.test/", "https://user:word@evil.test/"),
        ("https://example.test@evil.test/", "https://example.test@evil.test/"),
        ("https://user:80@evil.test/", "https://user:80@evil.test/"),
        (f"{DOCS}: read it", f"{link(DOCS)}: read it"),
        ("https://example.test\\@evil.test/", "https://example.test\\@evil.test/"),
        ("https:/example.test https://", "https:/example.test https://"),
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ('https://example.test/"x', f"{link('https://example.test/')}&#34;x"),
        ("https://example.test/<i>", f"{link('https://example.test/')}&lt;i&gt;"),
    ],
)
def test_only_an_https_address_becomes_a_link_that_says_where_it_leads(text, markup):
    assert foreign.linked(text) == markup


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_without_its_links_a_hostile_text_is_only_text(text):
    """The links taken off again, what is left is the escaped text itself."""
    markup = str(foreign.linked(text))
    for address in foreign.ADDRESS.findall(str(foreign.shown(text))):
        markup = markup.replace(link(address), address)
    assert markup == str(escape(foreign.shown(text)))
