"""Reads a page as a browser's parser would: its elements, attributes and texts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """One element; `text` is all that is between its tags, but not deeper."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Document(HTMLParser):
    """All elements in the order of their start tags."""

    elements: list[Element] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Comments, declarations and processing instructions."""

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self.open: list[Element] = []

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in {"meta", "br", "col", "input"}:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1].text += data

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def all(self, tag, **attributes):
        """List the elements with this tag and these attributes."""
        return [
            each
            for each in self.elements
            if each.tag == tag and attributes.items() <= each.attributes.items()
        ]

    @property
    def text(self):
        """Everything that is read, without script and style."""
        kept = (each.text for each in self.elements if each.tag not in {"script", "style"})
        return " ".join(" ".join(kept).split())

    @property
    def shape(self):
        """What a text must not change: each tag with its attributes' names, links left out."""
        return [
            (each.tag, tuple(each.attributes))
            for each in self.elements
            if each.attributes.keys() != {"href", "rel"}
        ]


def parse(page):
    """Read a page to its end."""
    document = Document()
    document.feed(page)
    document.close()
    assert document.open == []
    return document
