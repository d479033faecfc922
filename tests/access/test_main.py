"""`python -m access` says what is wrong, and ends with it."""

import pytest

from access import __main__ as command
from rehearsal.errors import RehearsalError
from tests.access.plans import guarded, on_project, planned, role, runtime


@pytest.fixture
def plan(monkeypatch):
    """Let the command judge what a test plans instead of the roots."""

    def give(*resources):
        plans = {"terraform": [*runtime(), *guarded(), *resources]}
        monkeypatch.setattr(command, "rehearsed", lambda: plans)

    return give


def test_findings_and_ways_are_printed_and_are_a_failure(plan, capsys):
    plan(role("x", "a.b.c"), on_project("data-api", "roles/iam.roleAdmin"))
    assert command.main([]) == 1
    said = capsys.readouterr().out
    assert "role: projects/data-prod-4711/roles/x is planned and granted to nobody" in said
    assert "unused: data-api: iam.roles.update" in said
    assert "data-api adds permissions to a custom role, and so may do everything" in said


def test_what_cannot_be_judged_is_a_failure(plan, capsys):
    plan(planned("google_nobody_heard_of_it.x"))
    assert command.main([]) == 1
    assert "is not in access/kinds.toml" in capsys.readouterr().out


def test_what_was_not_planned_is_a_failure_in_terraforms_words(monkeypatch, capsys):
    def fail():
        raise RehearsalError("terraform: run 'serving': fail")

    monkeypatch.setattr(command, "rehearsed", fail)
    assert command.main([]) == 1
    assert capsys.readouterr().err == "nothing to judge: terraform: run 'serving': fail\n"


def test_nothing_wrong_is_said_too(plan, capsys, monkeypatch):
    plan()
    monkeypatch.setattr(command, "judge", lambda _: [])
    monkeypatch.setattr(command, "search", lambda *_: [])
    assert command.main([]) == 0
    assert capsys.readouterr().out == "every call is permitted, every permission is needed\n"


def test_the_picture_is_printed(plan, capsys):
    plan()
    assert command.main(["picture"]) == 0
    assert "flowchart LR" in capsys.readouterr().out
