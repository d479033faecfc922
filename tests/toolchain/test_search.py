"""A program on PATH is used if it is the pinned version and nobody else can have put it there."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.toolchain.samples import pin
from toolchain import search
from toolchain.pins import ROOT
from toolchain.search import on_path

WANTED = pin(asked=("--version",), answer="tool 1.0.0")
RIGHT = b"#!/bin/sh\necho tool 1.0.0\n"


def saying(text):
    return b"#!/bin/sh\ncat <<'END'\n" + text.encode() + b"\nEND\n"


@pytest.mark.parametrize(
    "answer",
    ["tool 1.0.0", "  tool   1.0.0  ", "a banner\n\ntool 1.0.0\nbuilt by go", "tool\t1.0.0"],
)
def test_the_version_is_a_line_of_the_answer(put_on_path, answer):
    assert on_path(WANTED) is None
    program = put_on_path(saying(answer))
    assert on_path(WANTED) == program


@pytest.mark.parametrize(
    "answer",
    [
        *("", "dev", "1.0.0", "tool 1.0.01", "tool 1.0.0-dev", "tool 1.0.0+evil", "tool v1.0.0"),
        *("tool 1.0.1", "tool 11.0.0", "not tool 1.0.0", "tool 1.0.0 or so", "TOOL 1.0.0"),
        *("tool 1x0.0", "tool 1.0.0\\n", "tool 1.0\n.0"),
    ],
)
def test_any_other_answer_is_another_version(put_on_path, answer):
    put_on_path(saying(answer))
    assert on_path(WANTED) is None


@pytest.mark.parametrize(
    "script",
    [
        b"#!/bin/sh\necho tool 1.0.0\nexit 1\n",
        b"#!/bin/sh\necho tool 1.0.0 >&2\n",
        b"#!/bin/sh\nkill -9 $$\n",
        b"#!/no/such/interpreter\n",
        b"\x7fELF",
        b"",
        b"#!/bin/sh\nprintf '\\377tool 1.0.0\\n'\n",
        b"#!/bin/sh\nexec sleep 30\n",
    ],
    ids=["fails", "on_stderr", "dies", "no_interpreter", "no_program", "empty", "bytes", "hangs"],
)
def test_a_program_that_does_not_answer_well_is_passed_over(put_on_path, monkeypatch, script):
    monkeypatch.setattr(search, "ANSWER_TIMEOUT_S", 0.5)
    put_on_path(script)
    assert on_path(WANTED) is None


def test_the_right_version_is_found_behind_a_wrong_one(put_on_path):
    right = put_on_path(RIGHT)
    put_on_path(saying("tool 0.9.0"))
    assert on_path(WANTED) == right


def test_a_program_that_everybody_may_write_to_is_passed_over(put_on_path):
    put_on_path(RIGHT, mode=0o777)
    assert on_path(WANTED) is None


def test_a_program_of_another_user_is_passed_over(put_on_path, monkeypatch):
    program = put_on_path(RIGHT)
    if os.getuid() == 0:
        os.chown(program, 4242, -1)
    else:
        monkeypatch.setattr(search.os, "getuid", lambda: 4242)
    assert on_path(WANTED) is None


def test_a_program_that_may_not_be_run_is_passed_over(put_on_path):
    put_on_path(RIGHT, mode=0o644)
    assert on_path(WANTED) is None


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_program_in_a_folder_that_everybody_may_write_to_is_passed_over(put_on_path, mode):
    put_on_path(RIGHT).parent.chmod(mode)
    assert on_path(WANTED) is None


def test_a_link_is_followed_to_where_the_program_lies(put_on_path, tmp_path):
    """Homebrew and pipx link; a link into everybody's folder is as bad as the folder."""
    program = put_on_path(RIGHT)
    link = put_on_path(RIGHT)
    link.unlink()
    link.symlink_to(program)
    assert on_path(WANTED) == link
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(0o777)
    shutil.copy(program, public / "tool")
    program.unlink()
    link.unlink()
    link.symlink_to(public / "tool")
    assert on_path(WANTED) is None
    link.unlink()
    link.symlink_to(link)
    assert on_path(WANTED) is None


def test_a_program_of_the_project_s_own_folder_is_passed_over(monkeypatch):
    """A pull request could bring it."""
    with TemporaryDirectory(dir=ROOT, prefix=".test-") as inside:
        program = Path(inside, "tool")
        program.write_bytes(RIGHT)
        program.chmod(0o755)
        for folder in (inside, os.path.relpath(inside), ".", ""):
            monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin:/bin")
            monkeypatch.chdir(inside if folder in {".", ""} else Path.cwd())
            assert on_path(WANTED) is None


def test_a_program_on_path_is_told_no_secret_and_runs_in_a_folder_of_its_own(
    put_on_path, tmp_path, monkeypatch
):
    seen = tmp_path / "seen"
    monkeypatch.setenv("GITHUB_TOKEN", "hush")
    put_on_path(f"#!/bin/sh\n(env; pwd) >{seen}\necho tool 1.0.0\n".encode())
    assert on_path(WANTED)
    assert "hush" not in seen.read_text("utf-8")
    assert str(Path.cwd()) not in seen.read_text("utf-8")


@pytest.mark.parametrize(
    "never",
    [{"asked": ()}, {"change": {"file": "a", "from": "b", "to": "c"}}],
    ids=["not_asked", "changed"],
)
def test_a_program_that_is_never_asked_is_never_taken_from_path(put_on_path, never):
    put_on_path(RIGHT)
    asked = {"asked": ("--version",), "answer": "tool 1.0.0"}
    assert on_path(pin(**asked | never)) is None
