"""A program is of the version that is pinned, or the gate could not judge."""

import re
import sys
from pathlib import Path

import pytest

from gates import tools
from gates.declaration import HOME
from gates.outcome import BrokenError
from tests.gates.tools_of_ours import LOCKED, gate, lay_out


def test_the_version_is_the_locks(tmp_path, monkeypatch):
    monkeypatch.setenv("GATES_VENV", str(lay_out(tmp_path / "v", "")))
    used = tools.tool(gate())
    assert used == tools.Tool(tmp_path / "v/bin/bandit", LOCKED["bandit"], tmp_path / "v/bin")


def test_a_program_that_may_not_be_run_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("GATES_VENV", str(lay_out(tmp_path / "v", "")))
    (tmp_path / "v" / "bin" / "bandit").chmod(0o644)
    with pytest.raises(BrokenError, match="bandit is missing: make setup-gates"):
        tools.tool(gate())


def test_our_own_gates_run_in_the_python_that_runs():
    used = tools.tool(gate(command=["python", "-m", "x"], environment="dev", package=""))
    assert used.program == Path(sys.executable)


@pytest.mark.parametrize("package", ["ruff", "mypy"])
def test_what_reads_our_code_is_of_our_own_lock(package):
    used = tools.tool(gate(command=[package], environment="dev", package=package))
    lock = (HOME / "requirements" / "dev.txt").read_text("utf-8")
    assert re.search(rf"^{package}==(\S+)", lock, re.MULTILINE)[1] == used.version


def test_a_program_that_is_not_installed_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("toolchain.pins.FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokenError, match=r"gitleaks [\d.]+ is missing: make setup-gates"):
        tools.tool(gate(command=["gitleaks"], package="", needs=["gitleaks"]))


def test_no_terraform_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM", raising=False)
    with pytest.raises(BrokenError, match="install Terraform"):
        tools.tool(gate(command=["terraform"], package="", needs=["terraform"]))
