"""A job finds this machine's programs, and nothing of whoever rehearses."""

import subprocess
import time

import pytest

from rehearsal.errors import MissingError
from rehearsal.workflows import surroundings


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("MAKEFLAGS", "-i")
    try:
        return tmp_path, surroundings.prepare(tmp_path)
    except MissingError as exc:
        pytest.skip(str(exc))


def test_no_secret_and_no_setting_of_the_callers_reaches_a_job(prepared):
    folder, environment = prepared
    assert "secret" not in environment.values()
    assert not {"MAKEFLAGS", "GITHUB_TOKEN"} & set(environment)
    assert environment["HOME"] == str(folder / "home")


def test_no_run_installs_anything(prepared):
    """An environment's stamp is younger than the locks of any copy of the tree."""
    folder, _ = prepared
    tree = folder / "tree"
    tree.mkdir()
    surroundings.link(folder, tree)
    for name in set(surroundings.VENVS) - surroundings.OPTIONAL:
        assert (tree / name / ".ready").stat().st_mtime > time.time() + 3600
    script = "import click, sys; print(sys.prefix)"
    python = tree / ".venv" / "bin" / "python"
    said = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(tree / ".venv")


def test_a_run_has_its_own_folders_and_a_forks_token_only_reads(tmp_path):
    one = surroundings.of_run({"A": "b"}, tmp_path / "one", {"C": "d"}, reads_only=True)
    other = surroundings.of_run({"A": "b"}, tmp_path / "other", {}, reads_only=False)
    assert (one["A"], one["C"], one["REHEARSAL_TOKEN"]) == ("b", "d", "read")
    assert other["REHEARSAL_TOKEN"] == "write"
    for name in ("REHEARSAL_ARTIFACTS", "XDG_CACHE_HOME"):
        assert one[name] != other[name]


def test_what_is_missing_is_named_with_the_command_that_brings_it(tmp_path, monkeypatch):
    monkeypatch.setattr(surroundings, "find", lambda _: None)
    with pytest.raises(MissingError, match=r"^\w+ is missing: make setup-gates$"):
        surroundings.prepare(tmp_path)
