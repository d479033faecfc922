"""Tiny roots, and a Terraform that notes what it was given."""

import shutil
from pathlib import Path

import pytest

from rehearsal import attachment, executable, origin, records
from rehearsal.errors import MissingError
from tests.rehearsal.trees import planted
from toolchain import install as toolchain


@pytest.fixture(scope="session")
def installed():
    """Terraform and our provider; tests that need neither run without."""
    try:
        attachment.find()
        return executable.find()
    except MissingError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def rehearsed(installed, monkeypatch):
    """Take our provider, whatever else there is, and keep nothing of this in the cache."""
    monkeypatch.setenv("PROVIDER", "rehearsal")
    monkeypatch.delenv(origin.MIRROR, raising=False)


@pytest.fixture
def tree(tmp_path):
    """A repository with one root, `terraform`."""
    return planted(tmp_path / "tree", {"terraform/main.tf": ""})


@pytest.fixture
def cache(tmp_path, monkeypatch):
    path = tmp_path / "cache"
    monkeypatch.setattr(records, "CACHE", path)
    return path


@pytest.fixture
def noting(installed, tmp_path, monkeypatch):
    """Terraform behind a script that notes each command, and its whole environment."""
    folder = tmp_path / "noting"
    folder.mkdir()
    script = folder / "terraform"
    script.write_text(
        f'#!/bin/sh\necho "$*" >> {folder}/commands\nenv > {folder}/environment\n'
        f'exec {shutil.which(installed.path)} "$@"\n',
        "utf-8",
    )
    script.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(script))
    return folder


@pytest.fixture
def pretending(tmp_path, monkeypatch):
    """A program of any version; the function takes what it prints."""

    def pretend(said):
        script = Path(tmp_path / "pretender")
        script.write_text(f"#!/bin/sh\ncat <<'EOF'\n{said}\nEOF\n", "utf-8")
        script.chmod(0o755)
        monkeypatch.setenv("TERRAFORM", str(script))
        executable.look_at.cache_clear()
        return script

    yield pretend
    executable.look_at.cache_clear()


@pytest.fixture
def tofu(rehearsed, monkeypatch):
    """Take OpenTofu."""
    if shutil.which("tofu") is None and toolchain.find("tofu") is None:
        pytest.skip("needs tofu: python -m toolchain tofu")
    monkeypatch.setenv("TERRAFORM", "tofu")
