"""No text of a stranger becomes a part of the page, and its policy names what may run."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.reports import foreign, html
from tests.gates.reports.documents import parse
from tests.gates.reports.verdicts import HOSTILE, everywhere, mixed, outcome, verdict

PLAIN = everywhere("word")


def policy(document):
    """Read the page's content security policy: each directive's sources."""
    (meta,) = document.all("meta", **{"http-equiv": "Content-Security-Policy"})
    directives = meta.attributes["content"].split(";")
    return {name: sources for name, *sources in (each.split() for each in directives)}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_adds_no_element_and_no_attribute(text):
    """Wherever there is text: names of files and gates, rules, messages, fixes, notes, commit."""
    document = parse(html.render(everywhere(text)))
    assert document.shape == parse(html.render(PLAIN)).shape
    assert document.others == ["doctype html"]
    for link in document.all("a"):
        assert re.match(r"(https://|#(gates|findings)$)", link.attributes["href"])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_read_as_it_was_written(text):
    said = parse(html.render(verdict(outcome(), notes=(text,)))).all("li")[0].text
    assert said == foreign.shown(text)


@given(st.text(st.characters() | st.sampled_from("<>\"'&/={}%#-!`"), min_size=1))
def test_no_text_changes_the_page(text):
    document = parse(html.render(everywhere(text)))
    assert document.shape == parse(html.render(PLAIN)).shape


@pytest.mark.parametrize("subject", [mixed(), PLAIN, verdict()], ids=["mixed", "plain", "none"])
def test_the_policy_allows_its_one_script_and_one_style_and_nothing_else(subject):
    document = parse(html.render(subject))
    allowed = {
        f"{tag}-src": [f"'sha256-{b64encode(sha256(each.text.encode()).digest()).decode()}'"]
        for tag in ("script", "style")
        for each in document.all(tag)
    }
    assert [len(document.all(tag)) for tag in ("script", "style")] == [1, 1]
    assert policy(document) == {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
        **allowed,
    }


def test_the_policy_comes_before_all_that_it_governs():
    """A policy in a `meta` holds only for what follows it."""
    tags = [each.tag for each in parse(html.render(mixed())).elements]
    assert tags[:4] == ["html", "head", "meta", "meta"]
    assert policy(parse(html.render(mixed())))


def test_the_page_names_nothing_to_load():
    document = parse(html.render(mixed()))
    for element in document.elements:
        assert not element.attributes.keys() & {"src", "srcset", "action", "style", "xlink:href"}
        assert element.tag not in {"link", "img", "iframe", "object", "embed", "base", "use"}
        assert element.tag == "a" or "href" not in element.attributes
        assert not any(name.startswith("on") for name in element.attributes)
    (style,) = document.all("style")
    assert not re.search(r"@import|url\(|@font-face", style.text)
