"""A project of two files, whose controls are lines, and killers that are shell commands."""

import subprocess

import pytest

from mutation.controls import operators

CONFIGURATION = "login = required\nlog = on\nport = 8080\n"
TABLE = """
[killers.login]
command = ["sh", "-c", "grep -q '^login = required' service.conf"]
killed = [1]

[killers.log]
command = ["sh", "-c", "grep -q '^log = on' service.conf"]
killed = [1]

[[operator]]
name = "no-login"
control = "a login is required"
files = ["*.conf"]
pattern = "^login = required$"
replacement = "login = optional"
killer = "login"

[[operator]]
name = "no-log"
control = "what happens is logged"
files = ["*.conf"]
pattern = "^log = on$"
replacement = "log = off"
killer = "login"

[[operator]]
name = "other-port"
control = "the port"
files = ["*.conf"]
pattern = "8080"
replacement = "80"
killer = "log"
"""


def git(folder, *arguments):
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path):
    """A repository with one commit."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "service.conf").write_text(CONFIGURATION, "utf-8")
    (folder / "README").write_text("a project\n", "utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


@pytest.fixture
def read(tmp_path):
    """Read a table given as text."""

    def reading(text=TABLE):
        path = tmp_path / "operators.toml"
        path.write_text(text, "utf-8")
        return operators.read(path)

    return reading
