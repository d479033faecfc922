"""The documents name the gates that there are, and each has twins or says what proves it."""

import re

import pytest

from gates import declaration
from gates.declaration import HOME

GATES = set(declaration.read())
TWINS = HOME / "tests" / "gates" / "twins"


def rows(document):
    """Read the rows of the one table of gates, whether or not there are such gates."""
    text = (HOME / document).read_text("utf-8")
    (table,) = re.findall(r"^\| Gate \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        yield set(re.findall(r"`([a-z-]+)`", cells[0])), cells


@pytest.mark.parametrize("document", ["docs/gates.md", "README.md"])
def test_every_gate_is_in_the_table_and_no_other(document):
    named = [name for names, _ in rows(document) for name in names]
    assert sorted(named) == sorted(GATES)


def test_whoever_is_said_to_have_twins_has_a_bad_one():
    for names, cells in rows("docs/gates.md"):
        for name in names:
            assert (TWINS / name / "bad").is_dir() == ("twins" in cells[-1]), name
