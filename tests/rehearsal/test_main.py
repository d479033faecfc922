"""The commands, as a person sees them."""

import json

import pytest
from click.testing import CliRunner

from rehearsal import origin, records, renewal, terraform
from rehearsal.__main__ import main
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
    assert ended.output.splitlines() == [
        "nothing was refreshed: http://127.0.0.1:9 cannot be reached",
        "the roots pin google 7.45.0, and so does google-7.45.0.json.gz",
    ]


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
    ended = CliRunner().invoke(main, ["test"])
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
