"""The commands refuse before they ask, and ask before they do."""

import pytest
from click.testing import CliRunner

from deploy.desk import __main__ as command
from tests.deploy.desk.conftest import DIGEST, PROJECT, REGISTRY


def invoke(home, *arguments, project=PROJECT, given=""):
    words = [f"--project={project}", f"--home={home}", *arguments]
    return CliRunner().invoke(command.main, words, input=given)


@pytest.mark.parametrize(
    ("project", "arguments", "said"),
    [
        ("another-project", ("rollback",), f"is of {PROJECT}, not of another-project"),
        (PROJECT, ("plan",), "no image"),
        (PROJECT, ("plan", f"--api={REGISTRY}/data-api:v1"), "can be moved"),
        (PROJECT, ("plan", f"--api=example.com/x/data-api@{DIGEST}"), f"not in {REGISTRY}"),
        (PROJECT, ("deploy", "latest"), "64 hexadecimal digits"),
        (PROJECT, ("deploy", "0" * 64), "plan anew"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_asked(checkout, project, arguments, said):
    ended = invoke(checkout, *arguments, project=project)
    assert ended.exit_code == 1
    assert said in ended.output
    assert "Type the project" not in ended.output
    assert "Traceback" not in ended.output


def test_a_dirty_tree_is_refused(checkout):
    (checkout / "new.txt").write_text("x", "utf-8")
    ended = invoke(checkout, "rollback")
    assert ended.exit_code == 1
    assert "not clean (?? new.txt)" in ended.output


@pytest.mark.parametrize(
    ("typed", "yes"), [(f"{PROJECT}\n", True), ("yes\n", False), ("\n", False), ("", False)]
)
def test_only_the_projects_name_is_a_yes(checkout, monkeypatch, typed, yes):
    """Whoever is in another project than they believe types another name."""
    monkeypatch.setattr(command.Desk, "roll_back", lambda desk: desk.ask("Roll back?"))
    ended = invoke(checkout, "rollback", given=typed)
    assert "Roll back?\n  in data-prod-4711, at commit " in ended.output
    assert (ended.exit_code == 0) == yes
