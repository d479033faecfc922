"""Real Trivy, and a database that is built for the run."""

import shutil
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gates.trivy import database
from gates.trivy.__main__ import main
from gates.trivy.scanner import Trivy
from tests.gates.trivy.archives import write_image
from toolchain.install import find


@pytest.fixture(scope="session")
def binary():
    """The pinned Trivy."""
    found = find("trivy")
    if found is None:
        pytest.skip("needs trivy: python -m toolchain trivy")
    return found


@pytest.fixture(scope="session")
def cache(binary, tmp_path_factory):
    """The folder of databases, with the local one in it."""
    if shutil.which("go") is None:
        pytest.skip("needs go: the local advisory set is built with it")
    folder = tmp_path_factory.mktemp("databases")
    database.local(Trivy(binary, folder / "local"))
    return folder


@pytest.fixture
def scanner(binary, cache):
    return Trivy(binary, cache / "local")


@pytest.fixture
def run(binary, cache, tmp_path):
    """Run a command with the local database; `register` is the register's text."""

    def run(*arguments, register="", options=()):
        path = tmp_path / "register.toml"
        path.write_text(register, "utf-8")
        given = ("--trivy", binary, "--cache", cache, "--database", "local", "--register", path)
        command = [str(each) for each in (*given, *options, *arguments)]
        return CliRunner().invoke(main, command)

    return run


@pytest.fixture
def image(tmp_path):
    """Write an image of these layers and return its path."""
    return lambda *layers, **config: write_image(tmp_path / "api.tar", *layers, **config)


@pytest.fixture
def now():
    return datetime.now(UTC)
