"""What Terraform is given: a copy of the roots, and little else."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal import executable, life, origin, records, terraform
from rehearsal.errors import RehearsalError
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
    proxies = {name for each in executable.PROXIES for name in (each, each.lower())}
    assert {*given} <= ours | {*executable.INHERITED} | proxies | OF_A_SHELL
    assert given["HOME"] != os.environ["HOME"]
    assert given["TF_REATTACH_PROVIDERS"] != "{}"
    assert "leak" not in str(given)


def test_a_copy_leaves_state_and_variables_of_a_person_s_behind(rehearsed, tmp_path):
    kept = {"terraform/a.tf", "terraform/tests/a.tftest.hcl", "schema/a.json"}
    kept |= {"monitoring/a.yaml", "docs/runbooks/a.md"}
    left = {
        "monitoring/a.py",
        "docs/a.md",
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


@pytest.mark.parametrize("root", ["terraform/none", "terraform/module", "..", "", "terraform/."])
def test_what_is_no_root_is_refused_with_the_names_of_those_that_are(rehearsed, tmp_path, root):
    tree = planted(tmp_path / "tree", {"terraform/main.tf": "", "terraform/module/a.tf": ""})
    with (
        terraform.workspace(tree, OURS) as space,
        pytest.raises(RehearsalError, match=r"there is no root .*; the roots: terraform$"),
    ):
        terraform.check(space, root)


def test_a_root_outside_of_the_copy_is_never_written_to(rehearsed, tmp_path):
    """A path that begins with a slash would lead there."""
    tree = planted(tmp_path / "tree", {"terraform/main.tf": ""})
    for use in (records.report, lambda root, tree: life.begin(root, {}, tree).__enter__()):
        with pytest.raises(RehearsalError, match="there is no root /"):
            use(str(tree / "terraform"), tree)
    assert [path.name for path in (tree / "terraform").iterdir()] == ["main.tf"]


def test_a_real_provider_is_installed_by_one_at_a_time(pretending, tree, tmp_path, monkeypatch):
    """Terraform's cache of plugins is spoilt by two who fill it; a folder stands for that."""
    script = pretending('{"terraform_version": "1.11.4", "terraform_outdated": true}')
    mirrored = origin.Origin(origin.Kind.MIRROR, str(tmp_path))
    monkeypatch.setattr(terraform, "PLUGINS", tmp_path / "plugins")
    with terraform.workspace(tree, mirrored) as space:
        script.write_text(
            f"#!/bin/sh\nmkdir {tmp_path}/busy && sleep 0.1 && rmdir {tmp_path}/busy\n", "utf-8"
        )
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: terraform.initialize(space, "terraform"), range(4)))
    assert not (tmp_path / "busy").exists()


def test_what_terraform_ignores_is_not_what_a_record_follows_from(tmp_path):
    kept = {"terraform/a.tf", "terraform/b.yaml", "schema/c.proto"}
    left = {"terraform/.terraform/x.tf", "terraform/mine.tfvars", "terraform/a.tfstate.backup"}
    left |= {"monitoring/a.py", "monitoring/__pycache__/a.pyc"}
    tree = planted(tmp_path, dict.fromkeys(kept | left | {"other/a.tf"}, ""))
    assert {str(path.relative_to(tree)) for path in terraform.copied(tree)} == kept


@pytest.mark.parametrize(("ending", "said"), [("exit 3", "it ended with 3"), ("kill -9 $$", "-9")])
def test_a_check_of_the_format_that_dies_does_not_pass(pretending, tree, ending, said):
    script = pretending('{"terraform_version": "1.11.4", "terraform_outdated": true}')
    executable.find()
    script.write_text(f"#!/bin/sh\n{ending}\n", "utf-8")
    assert said in terraform.unformatted(tree)


def test_what_is_not_formatted_is_shown(installed, tmp_path):
    tree = planted(tmp_path, {"terraform/a/a.tf": 'variable "a" {\n  type = string\n}\n'})
    assert terraform.unformatted(tree) == ""
    planted(tree, {"terraform/a/a.tf": 'variable "a" {\ntype = string\n}\n'})
    assert "+  type = string" in terraform.unformatted(tree)
