"""Operators find their places by themselves, and one that finds nothing is an error."""

import re

import pytest

from local.layout import ROOT
from mutation.controls import operators
from mutation.controls.operators import MutationError
from tests.mutation.controls.conftest import TABLE

NESTED = "a {\n  b {\n    c = {}\n  }\n}\nb {\n  d = 1\n}\nend\n"


def block(pattern):
    return TABLE + (
        "\n[[operator]]\nname = 'block'\ncontrol = 'a block'\nfiles = ['*.tf']\n"
        f"pattern = '{pattern}'\nblock = true\nkiller = 'log'\n"
    )


def test_each_place_is_a_mutant_of_its_own(project, read):
    (project / "second.conf").write_text("log = on\nlog = on\n", "utf-8")
    found = [mutant for mutant in operators.find(project, read()) if "no-log:" in mutant.id]
    assert [(mutant.id, mutant.line) for mutant in found] == [
        ("no-log:second.conf:1", 1),
        ("no-log:second.conf:2", 2),
        ("no-log:service.conf:1", 2),
    ]


def test_a_block_goes_whole(project, read):
    (project / "main.tf").write_text(NESTED, "utf-8")
    table = read(block(r"^ *b \{"))
    inner, outer = (each for each in operators.find(project, table) if "block" in each.id)
    operators.apply(inner, project)
    assert (project / "main.tf").read_text("utf-8") == NESTED.replace(inner.before, "")
    assert inner.before == "  b {\n    c = {}\n  }"
    assert outer.before == "b {\n  d = 1\n}"


def test_a_block_without_an_end_is_an_error(project, read):
    (project / "main.tf").write_text("b {\n", "utf-8")
    with pytest.raises(MutationError, match="not closed"):
        operators.find(project, read(block(r"^b \{")))


def test_an_operator_that_finds_nothing_is_an_error(project, read):
    (project / "service.conf").write_text("login = required\nport = 8080\n", "utf-8")
    with pytest.raises(MutationError, match="no-log finds nothing"):
        operators.find(project, read())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('killer = "log"', 'killer = "lag"'), "no such killer: lag"),
        (('name = "no-log"', 'name = "no-login"'), "twice: no-login"),
    ],
)
def test_a_slip_in_the_table_is_named(read, change, complaint):
    with pytest.raises(MutationError, match=complaint):
        read(TABLE.replace(*change))


def test_a_survivor_that_is_no_mutant_any_more_is_an_error(project, read):
    table = read(TABLE + '\n[survivors]\n"gone:service.conf:1" = "why"\n')
    with pytest.raises(MutationError, match="no mutants any more: gone"):
        operators.find(project, table)


def test_a_file_that_changed_since_is_not_touched(project, read):
    mutant = operators.find(project, read())[0]
    (project / "service.conf").write_text("something else\n", "utf-8")
    with pytest.raises(MutationError, match="not the file that was searched"):
        operators.apply(mutant, project)
    assert (project / "service.conf").read_text("utf-8") == "something else\n"


def test_the_projects_own_operators_all_find_something_and_change_it():
    mutants = operators.find(ROOT, operators.read())
    assert len(mutants) >= 150
    assert len({mutant.id for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        assert mutant.before != mutant.after, mutant.id
        assert re.fullmatch(r"[a-z-]+:[^:]+:\d+", mutant.id)
