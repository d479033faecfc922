"""A page gets its tables, and only in their places."""

import io

import pytest
from rich.console import Console

from monitoring.tables import Table, generated

PAGE = "# A\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\n<!-- end -->\n"


def test_each_table_is_put_into_its_own_place():
    page = generated(PAGE, {"two": "2\n", "one": "1\n"})
    assert page == "# A\n<!-- one -->\n1\n<!-- end -->\nb\n<!-- two -->\n2\n<!-- end -->\n"
    assert generated(page, {"one": "1\n"}) == page


@pytest.mark.parametrize("page", ["", "<!-- one -->\nx\n", "x\n<!-- end -->\n", "<!-- two -->\n"])
def test_a_page_without_a_place_is_refused(page):
    with pytest.raises(ValueError, match="no place for one"):
        generated(page, {"one": "1\n"})


def test_a_link_is_its_text_on_the_terminal():
    table = Table("t", ["a", "b"], [["x", "[Google](https://example.com/a#b), 2026"]], text=True)
    out = io.StringIO()
    Console(file=out, width=60).print(table.terminal())
    assert "Google, 2026" in out.getvalue()
    assert "example.com" not in out.getvalue()
    assert "[Google](https://example.com/a#b), 2026 |" in table.markdown()
