"""Which program is taken for Terraform."""

import json
import os

import pytest

from rehearsal import executable
from rehearsal.errors import MissingError, RehearsalError


@pytest.mark.parametrize("version", ["1.11.0", "1.11.4", "1.12.0-beta1", "1.20.1", "2.0.0"])
def test_a_version_that_will_do(pretending, version):
    told = {"terraform_version": version, "platform": "linux_arm64"}
    pretending(json.dumps(told))
    assert str(executable.find()) == f"OpenTofu {version}"
    pretending(json.dumps(told | {"terraform_outdated": True}))
    assert str(executable.find()) == f"Terraform {version}"


@pytest.mark.parametrize("version", ["1.10.5", "1.9.9", "0.15.5"])
def test_a_version_that_is_too_old_is_refused(pretending, version):
    pretending(f'{{"terraform_version": "{version}", "platform": "linux_amd64"}}')
    with pytest.raises(RehearsalError, match=r"is version .*: 1\.11 or later is needed"):
        executable.find()


@pytest.mark.parametrize("said", ["", "Terraform v1.11.4", "{}", "[]", "null"])
def test_what_is_no_terraform_is_refused(pretending, said):
    pretending(said)
    with pytest.raises(RehearsalError, match="does not tell a version as Terraform does"):
        executable.find()


def test_without_a_terraform_the_text_says_what_to_install(monkeypatch):
    monkeypatch.setenv("TERRAFORM", "/nowhere/terraform")
    with pytest.raises(MissingError, match=r"install Terraform 1\.11 or later"):
        executable.find()


def test_opentofu_may_be_an_installed_pin(pretending, tmp_path, monkeypatch):
    script = pretending('{"terraform_version": "1.12.6-dev", "platform": "linux_amd64"}')
    monkeypatch.setenv("TERRAFORM", "tofu")
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setattr(executable.toolchain, "find", {"tofu": script}.get)
    assert executable.find().path == str(script)
    monkeypatch.setattr(executable.toolchain, "find", {}.get)
    with pytest.raises(MissingError, match="needs tofu"):
        executable.find()


def test_a_path_is_good_from_every_folder(pretending, tmp_path, monkeypatch):
    """Commands run in the copy, not where `TERRAFORM=./terraform` was said."""
    script = pretending('{"terraform_version": "1.11.4", "platform": "linux_amd64"}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERRAFORM", os.path.join(".", script.name))  # noqa: PTH118 - a Path drops the dot
    assert executable.find().path == str(script)


@pytest.mark.parametrize(
    ("text", "timeout_s", "said"),
    [
        ("no program\n", 20, "version does not run: .*Exec format error"),
        ("#!/nowhere\n", 20, "version does not run: .*No such file"),
        ("#!/bin/sh\nexec sleep 20\n", 0.2, "version does not run: .*timed out"),
        ("#!/bin/sh\nprintf '\\377\\n'\n", 20, "version does not run: .*can't decode"),
    ],
    ids=["format", "interpreter", "hangs", "bytes"],
)
def test_what_cannot_be_run_is_told(pretending, monkeypatch, text, timeout_s, said):
    monkeypatch.setattr(executable, "ANSWER_TIMEOUT_S", timeout_s)
    pretending("").write_text(text, "utf-8")
    with pytest.raises(RehearsalError, match=said):
        executable.find()
