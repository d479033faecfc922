"""A table that is told twice, on the terminal and in a page, from the same cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table as Terminal

_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
"""A link in Markdown; on the terminal its text is enough."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells with a title; the first column is text, the others are figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: bool = False
    """Whether all columns are text."""

    def markdown(self) -> str:
        """Write it for a page."""
        rule = ["---", *(("---" if self.text else "---:") for _ in self.columns[1:])]
        lines = [self.columns, rule, *self.rows]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"

    def terminal(self) -> Terminal:
        """Lay it out for the terminal."""
        table = Terminal(title=self.title, box=box.SIMPLE_HEAD, title_justify="left")
        for index, column in enumerate(self.columns):
            table.add_column(column, justify="left" if self.text or not index else "right")
        for row in self.rows:
            table.add_row(*(_LINK.sub(r"\1", cell) for cell in row))
        return table


def generated(page: str, tables: dict[str, str]) -> str:
    """Put tables into a page, each between `<!-- NAME -->` and `<!-- end -->`.

    Raises:
        ValueError: the page has no place for one of them.
    """
    for name, text in tables.items():
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->\n")
        if not mark or not end:
            raise ValueError(f"no place for {name}")
        page = f"{before}{mark}{text}{end}{after}"
    return page


def write(path: Path, tables: dict[str, str]) -> None:
    """Put tables into a page's file."""
    path.write_text(generated(path.read_text("utf-8"), tables), "utf-8")
