"""The gates read what git has or would take, and nothing that is ignored."""

import pytest

from gates import tree
from gates.outcome import BrokenError

FILES = {
    "a.py": "A = 1\n",
    "tests/b.py": "B = 1\n",
    "run.sh": "echo\n",
    ".ci/run": "#!/usr/bin/env bash\n",
    "tool": "#!/bin/sh -e\n",
    "snake": "#!/usr/bin/env python3\n",
    "words": "bash is not run here\n",
    ".gitignore": "out/\n",
}


@pytest.fixture
def root(plant, tmp_path):
    plant(tmp_path, FILES)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ignored.py").write_text("", "utf-8")
    (tmp_path / "new.py").write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("pathspecs", "interpreters", "expected"),
    [
        (["*.py"], [], ["a.py", "new.py", "tests/b.py"]),
        (["*.py", ":!tests"], [], ["a.py", "new.py"]),
        (["*.sh"], ["bash", "sh"], [".ci/run", "run.sh", "tool"]),
        (["*.sh", ":!.ci"], ["bash", "sh"], ["run.sh", "tool"]),
        (["*.tf"], [], []),
    ],
)
def test_files_are_tracked_or_new_and_never_ignored(root, pathspecs, interpreters, expected):
    assert tree.files(root, pathspecs, interpreters) == expected


def test_a_deleted_file_is_not_there(root):
    (root / "a.py").unlink()
    assert tree.files(root, ["a.py"]) == []


def test_a_name_that_is_no_text_does_not_stop_it(root):
    (root / "caf\u00e9 \t.py").write_text("", "utf-8")
    assert "caf\u00e9 \t.py" in tree.files(root, ["*.py"])


def test_the_commit_says_whether_something_is_changed(plant, root):
    assert tree.commit(root).endswith("+")
    plant(root, {})
    assert len(tree.commit(root)) == 40


def test_no_repository_is_no_judgement(tmp_path):
    with pytest.raises(BrokenError, match="is this a repository"):
        tree.files(tmp_path, ["*"])


def test_no_git_is_no_judgement(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokenError, match="install it"):
        tree.files(tmp_path, ["*"])


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"])
def test_a_variable_cannot_show_it_another_repository(root, tmp_path_factory, monkeypatch, name):
    monkeypatch.setenv(name, str(tmp_path_factory.mktemp("elsewhere")))
    assert "a.py" in tree.files(root, ["*.py"])


def test_a_shallow_clone_is_no_judgement(root, plant, tmp_path_factory):
    """What is left out of it may hold the secret."""
    plant(root, {"a.py": "A = 2\n"})
    clone = tmp_path_factory.mktemp("clone")
    tree.git(clone, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    assert tree.history(root) == str(root / ".git")
    with pytest.raises(BrokenError, match="--unshallow"):
        tree.history(clone / "shallow")
