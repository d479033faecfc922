"""docs/images.md explains every refusal in the words that a person sees."""

import re

import pytest

from deploy import admission, verification
from local.layout import ROOT

DOCUMENT = (ROOT / "docs" / "images.md").read_text("utf-8")
REASONS = [reason for _, reason in (*verification._REASONS, *admission._REASONS)]


def sources():
    for name in ("deploy/verification.py", "deploy/admission.py", "deploy/reference.py"):
        text = (ROOT / name).read_text("utf-8")
        yield from re.findall(r"words = (f?\".*?\")\n", text)
        yield from re.findall(r"raise RefusedError\(\s*((?:f?\".*?\"\s*)+)\)", text, re.DOTALL)


@pytest.mark.parametrize("reason", REASONS)
def test_every_translated_reason_is_explained(reason):
    parts = [part.strip(" ,") for part in re.split(r"\{\w+\}", reason)]
    longest = max(parts, key=len)
    assert any(longest.startswith(words) or words in longest for words in documented()), longest


def documented():
    section = DOCUMENT.split("## What each refusal means")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    words = [part for row in rows for part in re.findall(r"`(.*?)`", row)]
    return [piece.strip() for each in words for piece in each.split("...") if len(piece) > 6]


def test_every_other_reason_is_explained():
    unexplained = [
        text
        for text in sources()
        if not any(words in re.sub(r'"\s+f?"', "", text) for words in documented())
        and not re.search(r"_reason\(|\{words\}|\{reason\}", text)
    ]
    assert unexplained == []
