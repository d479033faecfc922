"""The commands, as a person sees them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
from click.testing import CliRunner

from rehearsal import facts, origin, records, renewal, terraform
from rehearsal.__main__ import main
from rehearsal.origin import REPOSITORY
from rehearsal.records import Report, Run

GOOD = Report("terraform", "", 1.5, (Run("a", "x", "pass"), Run("a", "y", "pass")), ())
BAD = Report("terraform/b", "", 0.5, (Run("b", "z", "fail", (), ("error: [a] is wrong",)),), ())


def test_a_test_names_the_provider_and_each_root(rehearsed, monkeypatch):
    reports = {"terraform": GOOD, "terraform/b": BAD}
    monkeypatch.setattr(records, "report", lambda root, **_: reports[root])
    ended = CliRunner().invoke(main, ["test", "terraform"])
    assert ended.exit_code == 0, ended.output
    first = ended.output.splitlines()[0]
    assert first.startswith("Terraform 1.")
    assert first.endswith("without the provider's own code")
    ended = CliRunner().invoke(main, ["test", "terraform", "terraform/b"])
    assert ended.exit_code == 1
    assert "terraform/b: b: run 'z': fail\n  error: [a] is wrong\n" in ended.output


def test_what_is_not_formatted_fails_the_test(rehearsed, monkeypatch):
    monkeypatch.setattr(records, "report", lambda *_, **__: GOOD)
    monkeypatch.setattr(terraform, "unformatted", lambda: "-a\n+b")
    ended = CliRunner().invoke(main, ["test", "terraform"])
    assert ended.exit_code == 1
    assert "terraform fmt -recursive mends it:\n-a\n+b\n" in ended.output


def test_a_rehearsal_of_another_version_than_the_pinned_one_is_refused(rehearsed, monkeypatch):
    monkeypatch.setattr(renewal, "pinned", lambda _: "7.99.0")
    for command in (["test"], ["schema"]):
        ended = CliRunner().invoke(main, command)
        assert ended.exit_code == 1
        assert "the roots pin google 7.99.0" in ended.output


def test_where_nobody_can_be_asked_the_schema_is_compared_and_that_is_said(monkeypatch):
    monkeypatch.setattr(origin, "REGISTRY", "http://127.0.0.1:9")
    monkeypatch.delenv("PROVIDER", raising=False)
    monkeypatch.delenv(origin.MIRROR, raising=False)
    ended = CliRunner().invoke(main, ["schema", "--refresh"])
    assert ended.exit_code == 0
    refreshed, compared = ended.output.splitlines()
    assert refreshed.startswith("nothing was refreshed: http://127.0.0.1:9 cannot be reached")
    assert compared == "the roots pin google 7.45.0, and so does google-7.45.0.json.gz"


def test_where_nobody_was_asked_it_is_not_said_that_nobody_answers(rehearsed):
    ended = CliRunner().invoke(main, ["schema", "--refresh"])
    assert ended.output.splitlines()[0] == "nothing was refreshed: PROVIDER=rehearsal asks nobody"


def test_whoever_forces_a_real_provider_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr(origin, "REGISTRY", "http://127.0.0.1:9")
    monkeypatch.setenv("PROVIDER", "registry")
    ended = CliRunner().invoke(main, ["schema", "--refresh"])
    assert ended.exit_code == 1
    assert ended.output == "Error: PROVIDER=registry, and http://127.0.0.1:9 cannot be reached\n"


def test_a_schema_that_was_cut_off_is_not_called_compared(rehearsed, tmp_path, monkeypatch):
    whole = facts.path().read_bytes()
    monkeypatch.setattr(facts, "FOLDER", tmp_path)
    (tmp_path / "google-7.45.0.json.gz").write_bytes(whole[:-20])
    monkeypatch.setattr(facts, "whole", facts.whole.__wrapped__)
    for command in (["test"], ["schema"], ["schema", "--refresh"]):
        ended = CliRunner().invoke(main, command)
        assert ended.exit_code == 1
        assert "is damaged" in ended.output.splitlines()[-1]


def test_no_root_at_all_is_no_success(rehearsed, monkeypatch):
    monkeypatch.setattr(terraform, "roots", list)
    ended = CliRunner().invoke(main, ["test"])
    assert ended.exit_code == 1
    assert "nothing to test" in ended.output


@pytest.mark.parametrize("written", ["terraform/b", "terraform/b/", "./terraform/b/"])
def test_a_root_may_be_written_as_a_shell_completes_it(rehearsed, monkeypatch, written):
    asked = []
    monkeypatch.setattr(records, "report", lambda root, **_: asked.append(root) or GOOD)
    monkeypatch.setattr("rehearsal.life.rehearse", lambda root, *_: asked.append(root) or ())
    for command in ("test", "life"):
        CliRunner().invoke(main, [command, written])
    assert asked == ["terraform/b", "terraform/b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "does not exist"),
        ("{", "a.json is not JSON: "),
        ("[1]", "a.json must hold one object"),
        ('"a"', "a.json must hold one object"),
    ],
)
@pytest.mark.parametrize("option", ["--variables", "--unprotected"])
def test_variables_that_cannot_be_read_are_told(tmp_path, option, text, said):
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text, "utf-8")
    ended = CliRunner().invoke(main, ["life", "terraform", option, str(path)])
    assert ended.exit_code > 0
    assert ended.output.startswith(("Error: ", "Usage: "))
    assert said in ended.output.splitlines()[-1]


def family(pid, within_s=60):
    """The processes of a `rehearsal test`, once Terraform runs the tests."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        with suppress(psutil.Error):
            children = psutil.Process(pid).children(recursive=True)
            if any("-verbose" in child.cmdline() for child in children):
                return children
        time.sleep(0.05)
    raise AssertionError("no tests were run")


INTERRUPTIBLE = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[1:] = ["test", "terraform"]
runpy.run_module("rehearsal", run_name="__main__")
"""
"""As a terminal starts it: who starts these tests in the background lets them ignore interrupts."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_it_in_the_middle_waits_for_nothing_and_finds_nothing_left(
    installed, tmp_path, number
):
    """A terminal tells the whole group of an interrupt, `kill` one process of the end."""
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE],
        cwd=REPOSITORY,
        env=os.environ | {"PROVIDER": "rehearsal", "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as running:
        try:
            children = family(running.pid)
            assert len(children) == 2
            (os.killpg if number == signal.SIGINT else os.kill)(running.pid, number)
            assert running.wait(30) != 0
        finally:
            running.kill()
    assert not [child for child in children if child.is_running()]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("changed", [True, False])
def test_where_somebody_can_be_asked_the_schema_is_renewed(tmp_path, monkeypatch, changed):
    monkeypatch.setenv("PROVIDER", "mirror")
    monkeypatch.setenv(origin.MIRROR, str(tmp_path))
    (tmp_path / "registry.terraform.io/hashicorp/google").mkdir(parents=True)
    monkeypatch.setattr(renewal, "renew", lambda _: changed)
    ended = CliRunner().invoke(main, ["schema", "--refresh"])
    assert ended.exit_code == 0
    assert ("were renewed" if changed else "are as they were") in ended.output


def test_an_error_is_one_line_without_a_stack_trace(monkeypatch):
    monkeypatch.setenv("PROVIDER", "none")
    ended = CliRunner().invoke(main, ["schema", "--refresh"])
    assert ended.exit_code == 1
    assert ended.output.count("\n") == 1
    assert ended.output.startswith("Error: PROVIDER is 'none'")


def test_a_life_is_told_step_by_step(rehearsed, tmp_path, monkeypatch):
    def rehearse(root, given, changed):
        yield f"{root} {given} {changed}", "done", 0.25

    monkeypatch.setattr("rehearsal.life.rehearse", rehearse)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"a": 1}), "utf-8")
    ended = CliRunner().invoke(main, ["life", "terraform", "--variables", str(path)])
    assert ended.exit_code == 0, ended.output
    assert ended.output.splitlines()[1] == "terraform {'a': 1} {}: done (0.2 s)"
