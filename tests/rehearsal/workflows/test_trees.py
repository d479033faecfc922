"""A rehearsed tree is this one, uncommitted changes too; no fault is planted beside its place."""

import subprocess

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.workflows.faults import Fault, read
from rehearsal.workflows.trees import copy, planted

IDENTITY = ["-c", "user.name=x", "-c", "user.email=x@y"]


def git(folder, *arguments):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def source(tmp_path):
    """A repository with something committed, changed, new, removed, ignored and linked."""
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "work")
    for name, text in {".gitignore": ".venv*/\n", "kept": "a", "changed": "a", "gone": "a"}.items():
        (folder / name).write_text(text, "utf-8")
    git(folder, "add", "-A")
    git(folder, *IDENTITY, "commit", "-qm", "first")
    (folder / "changed").write_text("b", "utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "new").write_text("c", "utf-8")
    (folder / "gone").unlink()
    (folder / ".venv").mkdir()
    (folder / ".venv" / "ignored").touch()
    return folder


def tracked(folder):
    names = git(folder, "ls-tree", "-r", "--name-only", "HEAD").split()
    return {name: git(folder, "show", f"HEAD:{name}") for name in names}


def test_a_copy_is_the_tree_as_it_is(source, tmp_path):
    tree = copy(source, tmp_path / "copy")
    assert tracked(tree.folder) == {
        ".gitignore": ".venv*/\n",
        "changed": "b",
        "kept": "a",
        "sub/new": "c",
    }
    assert git(tree.folder, "status", "--porcelain") == ""
    assert git(tree.folder, "rev-list", "--count", "HEAD").strip() == "2"
    assert not (tree.folder / ".venv").exists()


def test_a_copy_leaves_the_tree_alone(source, tmp_path):
    before = git(source, "status", "--porcelain"), git(source, "rev-parse", "HEAD")
    copy(source, tmp_path / "copy")
    assert (git(source, "status", "--porcelain"), git(source, "rev-parse", "HEAD")) == before


def test_main_is_what_a_change_is_compared_with(source, tmp_path):
    tree = copy(source, tmp_path / "copy")
    fault = Fault(about="x", job="test", path="kept", old="a", new="z")
    changed = planted(tree, fault, tmp_path / "planted")
    assert git(changed.folder, "diff", "--name-only", "origin/main").split() == ["kept"]
    assert git(changed.folder, "rev-parse", "origin/main").strip() == changed.base == tree.commit
    assert git(changed.folder, "rev-parse", "HEAD").strip() == changed.commit


def test_environments_that_were_linked_in_are_in_no_commit(source, tmp_path):
    tree = copy(source, tmp_path / "copy")
    (tree.folder / ".venv").symlink_to(source / ".venv")
    fault = Fault(about="x", job="test", path="new-file", new="z")
    changed = planted(tree, fault, tmp_path / "planted")
    assert (changed.folder / ".venv" / "ignored").exists()
    assert set(tracked(changed.folder)) - set(tracked(tree.folder)) == {"new-file"}


@pytest.mark.parametrize(("path", "old"), [("kept", "z"), ("nowhere", "a"), ("twice", "a")])
def test_a_fault_that_has_lost_its_place_is_told(source, tmp_path, path, old):
    (source / "twice").write_text("aa", "utf-8")
    tree = copy(source, tmp_path / "copy")
    fault = Fault(about="x", job="test", path=path, old=old, new="b")
    with pytest.raises(RehearsalError, match=f"{path} does not hold"):
        planted(tree, fault, tmp_path / "planted")


def test_every_fault_fits_this_tree():
    """Known at once, and not only when somebody rehearses."""
    from local.layout import ROOT  # noqa: PLC0415 - only this test is about the real tree

    for name, fault in read().items():
        path = ROOT / fault.path
        if fault.old:
            assert path.read_text("utf-8").count(fault.old) == 1, name
        else:
            assert not path.exists(), name
