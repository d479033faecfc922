"""How Terraform is found, and what it gets to see."""

import json
import os

import pytest

from rehearsal import records, terraform
from rehearsal.errors import MissingError, RehearsalError
from tests.rehearsal.trees import OURS, planted

SECRETS = {
    "TF_VAR_project_id": "leak",
    "TF_CLI_ARGS": "-lock=false",
    "TF_CLI_ARGS_init": "-upgrade",
    "TF_REATTACH_PROVIDERS": "{}",
    "TF_WORKSPACE": "other",
    "GOOGLE_APPLICATION_CREDENTIALS": "/key.json",
    "GOOGLE_OAUTH_ACCESS_TOKEN": "leak",
    "CLOUDSDK_CONFIG": "/gcloud",
    "AWS_SECRET_ACCESS_KEY": "leak",
    "SECRET": "leak",
}
OF_A_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}


def test_terraform_gets_nothing_of_the_caller_s_that_it_does_not_need(
    rehearsed, noting, tree, monkeypatch
):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with terraform.workspace(tree, OURS) as space:
        terraform.initialize(space, "terraform", "-backend=false")
        space.do("terraform", "validate")
    lines = (noting / "environment").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines)
    ours = {"HOME", "CHECKPOINT_DISABLE", "TF_INPUT", "GOGC", "TF_CLI_CONFIG_FILE"}
    ours |= {"TF_IN_AUTOMATION", "TF_REATTACH_PROVIDERS"}
    proxies = {name for each in terraform.PROXIES for name in (each, each.lower())}
    assert {*given} <= ours | {*terraform.INHERITED} | proxies | OF_A_SHELL
    assert given["HOME"] != os.environ["HOME"]
    assert given["TF_REATTACH_PROVIDERS"] != "{}"
    assert "leak" not in str(given)


def test_a_copy_leaves_state_and_variables_of_a_person_s_behind(rehearsed, tmp_path):
    kept = {"terraform/a.tf", "terraform/tests/a.tftest.hcl", "schema/a.json"}
    left = {
        "terraform/terraform.tfstate",
        "terraform/terraform.tfstate.backup",
        "terraform/mine.auto.tfvars",
        "terraform/mine.auto.tfvars.json",
        "terraform/.terraform/providers/x",
        "other/a.tf",
    }
    tree = planted(tmp_path / "tree", dict.fromkeys(kept | left, ""))
    with terraform.workspace(tree, OURS) as space:
        files = (path for path in space.folder.rglob("*") if path.is_file())
        assert {str(path.relative_to(space.folder)) for path in files} == kept
    assert not space.folder.exists()


def test_a_command_that_fails_tells_root_and_reason(rehearsed, tree):
    (tree / "terraform" / "main.tf").write_text("resource {", "utf-8")
    with (
        terraform.workspace(tree, OURS) as space,
        pytest.raises(RehearsalError, match=r"(?s)terraform: terraform init failed:.*main\.tf"),
    ):
        terraform.initialize(space, "terraform")


def test_a_command_that_takes_too_long_is_ended(pretending, rehearsed, tree, monkeypatch):
    script = pretending('{"terraform_version": "1.11.4", "platform": "linux_amd64"}')
    monkeypatch.setattr(terraform, "TIMEOUT_S", 0.2)
    with terraform.workspace(tree, OURS) as space:
        script.write_text("#!/bin/sh\nexec sleep 20\n", "utf-8")
        with pytest.raises(RehearsalError, match="terraform init took longer than"):
            terraform.initialize(space, "terraform")


@pytest.mark.parametrize("version", ["1.11.0", "1.11.4", "1.12.0-beta1", "1.20.1", "2.0.0"])
def test_a_version_that_will_do(pretending, version):
    told = {"terraform_version": version, "platform": "linux_arm64"}
    pretending(json.dumps(told))
    assert str(terraform.find()) == f"OpenTofu {version}"
    pretending(json.dumps(told | {"terraform_outdated": True}))
    assert str(terraform.find()) == f"Terraform {version}"


@pytest.mark.parametrize("version", ["1.10.5", "1.9.9", "0.15.5"])
def test_a_version_that_is_too_old_is_refused(pretending, version):
    pretending(f'{{"terraform_version": "{version}", "platform": "linux_amd64"}}')
    with pytest.raises(RehearsalError, match=r"is version .*: 1\.11 or later is needed"):
        terraform.find()


@pytest.mark.parametrize("said", ["", "Terraform v1.11.4", "{}", "[]", "null"])
def test_what_is_no_terraform_is_refused(pretending, said):
    pretending(said)
    with pytest.raises(RehearsalError, match="does not tell a version as Terraform does"):
        terraform.find()


def test_without_a_terraform_the_text_says_what_to_install(monkeypatch):
    monkeypatch.setenv("TERRAFORM", "/nowhere/terraform")
    with pytest.raises(MissingError, match=r"install Terraform 1\.11 or later"):
        terraform.find()


def test_opentofu_may_be_an_installed_pin(pretending, tmp_path, monkeypatch):
    script = pretending('{"terraform_version": "1.12.6-dev", "platform": "linux_amd64"}')
    monkeypatch.setenv("TERRAFORM", "tofu")
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setattr(terraform.toolchain, "find", {"tofu": script}.get)
    assert terraform.find().path == str(script)
    monkeypatch.setattr(terraform.toolchain, "find", {}.get)
    with pytest.raises(MissingError, match="needs tofu"):
        terraform.find()


def test_every_root_is_valid_to_opentofu_and_formatted(tofu):
    for root in terraform.roots():
        report = records.report(root)
        assert report.passed, report.complaints()
    assert terraform.unformatted() == ""


def test_a_root_is_what_configures_the_provider(tmp_path):
    tree = planted(
        tmp_path,
        {
            "terraform/main.tf": "",
            "terraform/bootstrap/main.tf": "",
            "terraform/module/inside.tf": "",
            "terraform/tests/a.tftest.hcl": 'provider "google" {}',
        },
    )
    assert terraform.roots(tree) == ["terraform", "terraform/bootstrap"]


def test_what_is_not_formatted_is_shown(installed, tmp_path):
    tree = planted(tmp_path, {"terraform/a/a.tf": 'variable "a" {\n  type = string\n}\n'})
    assert terraform.unformatted(tree) == ""
    planted(tree, {"terraform/a/a.tf": 'variable "a" {\ntype = string\n}\n'})
    assert "+  type = string" in terraform.unformatted(tree)
