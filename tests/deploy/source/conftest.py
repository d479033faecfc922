"""A small repository that can be released, and its archive."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.source import archive
from tests.deploy.conftest import world  # noqa: F401 - the private Sigstore, shared

FILES = {
    "CHANGELOG.md": "# Changelog\n\n## 1.2.3 - 2026-12-01\n\n- What is new.\n",
    "pyproject.toml": '[project]\nname = "product"\nversion = "1.2.3"\n',
    "requirements/api.txt": f"flask==3.1.2 \\\n    --hash=sha256:{64 * '0'}\nblinker==1.9.0\n",
    "app/main.py": "print('hello')\n",
}
GIT = (
    "git",
    *("-c", "user.name=test", "-c", "user.email=test@localhost"),
    *("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"),
)


@dataclass(frozen=True)
class Repository:
    """A checkout."""

    folder: Path

    def git(self, *arguments):
        done = subprocess.run(
            [*GIT, *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, files):
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, "utf-8")

    def commit(self, files):
        """Write files and commit all; gives the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=a change")
        return self.git("rev-parse", "HEAD")


def repository_in(folder):
    folder.mkdir()
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit(FILES)
    return repository


@pytest.fixture
def repository(tmp_path):
    return repository_in(tmp_path / "checkout")


@pytest.fixture
def made(repository, tmp_path):
    """The path of its archive."""
    return archive.make(repository.folder, tmp_path / "out")
