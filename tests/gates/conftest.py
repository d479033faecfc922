"""Trees for the gates to judge: a git repository of the test's own."""

import subprocess

import pytest

from gates import tree


@pytest.fixture(scope="session")
def plant():
    """Write files into a folder and commit them; a text of None takes the file away."""

    def git(root, *arguments):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.test", *arguments],
            cwd=root,
            env=tree.environment(),
            capture_output=True,
            check=True,
        )

    def plant(root, files, message="change"):
        root.mkdir(parents=True, exist_ok=True)
        if not (root / ".git").exists():
            git(root, "init", "--quiet", "--initial-branch=main")
        for path, text in files.items():
            place = root / path
            if text is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--allow-empty", f"--message={message}")
        return root

    return plant
