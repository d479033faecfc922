"""Copies of the project for mutants to live in: a repository of their own, and our tools."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

TOOLS = (".venv*", ".cache/tools", ".cache/toolbox", ".cache/trivy")
"""What was installed once for all copies, by symbolic link."""
IDENTITY = ("-c", "user.name=mutation", "-c", "user.email=mutation@example.invalid")


def files(root: Path) -> list[str]:
    """List what is tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
    return sorted(name for name in names if (root / name).is_file())


def digest(root: Path) -> str:
    """Name all that a mutant's fate depends on: a result is good for the same digest alone."""
    state = hashlib.sha256()
    for name in files(root):
        content = hashlib.sha256((root / name).read_bytes()).hexdigest()
        state.update(f"{name}\0{content}\0".encode())
    return state.hexdigest()


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """Copy the project into a temporary folder, as a repository with one commit."""
    with TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder, "tree")
        for name in files(root):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, tree / name)
        for pattern in TOOLS:
            for tool in root.glob(pattern):
                link = tree / tool.relative_to(root)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(tool)
        _git(tree, "init", "--quiet", "--initial-branch=main")
        # A link to a folder is no folder to .gitignore.
        ignored = "\n".join(f"/{pattern}" for pattern in TOOLS)
        (tree / ".git" / "info" / "exclude").write_text(ignored, "utf-8")
        commit(tree)
        yield tree


def commit(tree: Path) -> None:
    """Commit all there is: what looks at the history sees a mutant too."""
    _git(tree, "add", "--all")
    _git(tree, *IDENTITY, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "state")


def restore(tree: Path) -> None:
    """Take the last commit back."""
    _git(tree, "reset", "--quiet", "--hard", "HEAD~1")
    clean(tree)


def clean(tree: Path) -> None:
    """Take back whatever a command wrote or changed."""
    _git(tree, "reset", "--quiet", "--hard")
    _git(tree, "clean", "--quiet", "-d", "--force")


def _git(tree: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=tree, capture_output=True, check=True)
