"""docs/signed-only.md explains the refusals in the words that a person sees."""

import re

import pytest

from local.layout import ROOT

SOURCES = "".join(
    re.sub(r'"\s+f?"', "", path.read_text("utf-8"))
    for path in sorted((ROOT / "deploy" / "binary_authorization").glob("*.py"))
)
TABLE = (ROOT / "docs" / "signed-only.md").read_text("utf-8")
TABLE = TABLE.split("## What each refusal means")[1].split("\n## ")[0]
WORDS = [
    words
    for row in re.findall(r"^\| (`.*?`) \|", TABLE, re.MULTILINE)
    for words in re.findall(r"`(.*?)`", row)
]
DECIDING = ("admission.py", "attestation.py", "occurrence.py")


def said():
    """Every reason of a decision, as the sources write it."""
    for name in DECIDING:
        text = (ROOT / "deploy" / "binary_authorization" / name).read_text("utf-8")
        text = re.sub(r'"\s+f?"', "", text)
        yield from re.findall(r'return f?"([^"]{8,})"', text)
        yield from re.findall(r'RefusedError\(\s*f?"(.*?)"\s*\)', text, re.DOTALL)


@pytest.mark.parametrize("words", WORDS)
def test_what_is_explained_is_still_said(words):
    assert words in SOURCES


@pytest.mark.parametrize("reason", sorted(set(said())))
def test_what_is_said_is_explained(reason):
    assert any(words in reason for words in WORDS)
