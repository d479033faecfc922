"""A mutant is killed, survives, or nothing can be said; the project itself is never touched."""

import json
import time
from dataclasses import replace

import psutil
import pytest

from mutation.controls import campaign, operators, trees
from mutation.controls.campaign import Ledger
from mutation.controls.operators import Killer, MutationError
from tests.mutation.controls.conftest import CONFIGURATION, TABLE, git

WATCH = """
test ! -e litter || exit 7
touch litter
test "$(git rev-list --count HEAD)" -eq 2 || exit 0
git show --stat --format= | grep -q conf && exit 1
"""
"""Says no if a second commit changes a file; crashes on what a killer before it left."""


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.json", "digest")


def run(project, table, ledger, told=None):
    mutants = operators.find(project, table)
    tell = (lambda _: None) if told is None else (lambda fate: told.append(fate.id))
    fates = campaign.run(project, table, mutants, ledger, tell)
    return {fate.id.split(":")[0]: fate for fate in fates}


def test_what_should_kill_is_asked_first_and_then_everything(project, read, ledger):
    fates = run(project, read(), ledger)
    assert {name: fate.killed_by for name, fate in fates.items()} == {
        "no-login": "login",
        "no-log": "log",
        "other-port": "",
    }
    assert not any(fate.trouble for fate in fates.values())


def test_the_project_is_left_as_it_was(project, read, ledger):
    (project / "new.conf").write_text(CONFIGURATION, "utf-8")
    run(project, read(), ledger)
    assert (project / "service.conf").read_text("utf-8") == CONFIGURATION
    assert (project / "new.conf").read_text("utf-8") == CONFIGURATION


def test_a_mutant_is_in_the_history_and_gone_before_the_next(project, read, ledger):
    """A killer that reads the history sees it; what a killer writes is not there for the next."""
    watching = Killer(
        name="watching",
        command=("sh", "-c", WATCH),
        killed=(1,),
    )
    table = read(TABLE.replace('killer = "login"', 'killer = "log"'))
    table = replace(table, killers={"log": watching})
    fates = run(project, table, ledger)
    assert {fate.killed_by for fate in fates.values()} == {"watching"}, fates


def test_a_killer_that_says_no_to_the_project_itself_proves_nothing(project, read, ledger):
    (project / "service.conf").write_text(CONFIGURATION + "login = optional\n", "utf-8")
    table = read(TABLE.replace("grep -q '^login = required'", "! grep -q optional"))
    with pytest.raises(MutationError, match="login says no to the project as it is"):
        run(project, table, ledger)
    assert not ledger.fates


@pytest.mark.parametrize("ending", ["exit 2", "exit 137", "kill -9 $$"])
def test_a_killer_that_crashes_has_killed_nothing(project, read, ledger, ending):
    crashing = f"grep -q '^login = required' service.conf || {{ echo broken; {ending}; }}"
    table = read(TABLE.replace("grep -q '^login = required' service.conf", crashing))
    fate = run(project, table, ledger)["no-login"]
    assert fate.killed_by == ""
    assert "broken" in fate.trouble


def test_a_killer_that_hangs_is_ended_with_its_children(project, read, ledger, monkeypatch):
    monkeypatch.setattr(campaign, "TIMEOUT_S", 4)
    note = project.parent / "pid"
    hanging = f"grep -q 8080 service.conf || {{ sleep 300 & echo $! > {note}; wait; }}"
    table = read(TABLE.replace("grep -q '^log = on' service.conf", hanging))
    fate = run(project, table, ledger)["other-port"]
    assert "took longer" in fate.trouble
    pid = int(note.read_text("utf-8"))
    # Nobody may have collected it yet where the test runner's own parent does so late.
    deadline = time.monotonic() + 10
    while not _gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _gone(pid)


def _gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_nothing_of_the_callers_environment_reaches_a_killer(project, read, ledger, monkeypatch):
    monkeypatch.setenv("SETTING", "soft")
    table = read(TABLE.replace("grep -q '^log = on'", "test -z $SETTING && grep -q '^log = on'"))
    assert run(project, table, ledger)["no-log"].killed_by == "log"


def test_an_interrupted_campaign_goes_on_where_it_was(project, read, tmp_path):
    path, digest = tmp_path / "ledger.json", trees.digest(project)
    run(project, read(), Ledger(path, digest))
    kept = json.loads(path.read_text("utf-8"))
    kept["fates"] = kept["fates"][:2]
    path.write_text(json.dumps(kept), "utf-8")
    told = []
    assert len(run(project, read(), Ledger(path, digest), told)) == 3
    assert len(told) == 1


@pytest.mark.parametrize("content", ["", "{", None])
def test_a_ledger_that_cannot_be_read_is_begun_anew(tmp_path, content):
    path = tmp_path / "ledger.json"
    if content is not None:
        path.write_text(content, "utf-8")
    assert Ledger(path, "digest").fates == {}


def test_fates_are_good_for_the_same_project_alone(project, read, tmp_path):
    path, before = tmp_path / "ledger.json", trees.digest(project)
    run(project, read(), Ledger(path, before))
    assert Ledger(path, before).fates
    (project / "README").write_text("another\n", "utf-8")
    assert trees.digest(project) != before
    assert Ledger(path, trees.digest(project)).fates == {}


def test_what_is_ignored_is_not_copied_and_installed_tools_are_linked(project):
    (project / ".gitignore").write_text(".venv/\nsecret\n", "utf-8")
    (project / "secret").write_text("x", "utf-8")
    (project / ".venv").mkdir()
    (project / ".venv" / "tool").write_text("installed", "utf-8")
    git(project, "add", "--all")
    with trees.copied(project) as tree:
        assert not (tree / "secret").exists()
        assert (tree / ".venv").is_symlink()
        assert (tree / ".venv" / "tool").read_text("utf-8") == "installed"
        assert ".venv" not in trees.files(tree)
    assert not tree.exists()
    assert (project / ".venv" / "tool").exists()
