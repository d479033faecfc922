"""Terraform on a root: what it says of itself, and that it says no value."""

import shutil

import pytest

from deploy.plans.root import Root, TerraformError
from deploy.plans.saved import State

SECRET = "hunter2-hunter2"
CONFIGURATION = f"""
variable "name" {{
  type = string
}}
variable "secret" {{
  type    = string
  default = "{SECRET}"
}}
resource "terraform_data" "one" {{
  input = var.name
  lifecycle {{
    precondition {{
      condition     = var.name != "wrong"
      error_message = "The name is ${{var.name}} and the secret ${{var.secret}}."
    }}
  }}
}}
"""


@pytest.fixture
def root(tmp_path):
    """A root of Terraform's own resources, which need no provider."""
    if shutil.which("terraform") is None:
        pytest.skip("needs terraform")
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    root = Root(tmp_path)
    root._do("init", "-input=false")
    return root


def test_a_plan_is_saved_and_applied(root, tmp_path):
    assert root.state() == State()
    plan = root.plan({"name": SECRET}, tmp_path / "saved")
    assert [each.change.actions for each in plan.changes] == [("create",)]
    assert plan.terraform_version == root.version()
    root.apply(tmp_path / "saved")
    assert root.state().serial > 0
    assert root.plan({"name": SECRET}, tmp_path / "saved", lock=False).changes == []
    assert not list(tmp_path.glob("*.tfvars*")), "the variables stayed"


def test_a_stale_plan_is_terraforms_to_refuse(root, tmp_path):
    """It compares lineage and serial itself, whatever our record says."""
    root.plan({"name": "one"}, tmp_path / "first")
    root.plan({"name": "two"}, tmp_path / "second")
    root.apply(tmp_path / "first")
    with pytest.raises(TerraformError, match="Error: Saved plan is stale"):
        root.apply(tmp_path / "second")


def test_an_error_tells_its_headline_and_no_value(root, tmp_path):
    with pytest.raises(TerraformError) as info:
        root.plan({"name": "wrong"}, tmp_path / "saved")
    assert "Error: Resource precondition failed; with" not in str(info.value)
    assert "Error: Resource precondition failed" in str(info.value)
    assert SECRET not in str(info.value)


@pytest.mark.parametrize("said", ["", "{}", "[]", "Terraform v1.11.4"])
def test_a_version_that_is_none_is_said(tmp_path, monkeypatch, said):
    monkeypatch.setattr(Root, "_do", lambda *_: said)
    with pytest.raises(TerraformError, match="names no version"):
        Root(tmp_path).version()


def test_a_terraform_that_is_not_there_is_said(tmp_path):
    with pytest.raises(TerraformError, match="did not run: FileNotFoundError"):
        Root(tmp_path, "/nowhere/terraform").version()
