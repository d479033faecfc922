"""The trees that are rehearsed: this one, as a repository of its own, and with one fault."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.workflows.events import REPOSITORY
from rehearsal.workflows.faults import Fault

GIT = (
    "git",
    *("-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"),
    *("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"),
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository that may be thrown away."""

    folder: Path
    base: str
    """The commit of main."""
    commit: str
    """What is judged, the same or one after it."""


def copy(source: Path, folder: Path) -> Tree:
    """Copy a working tree, with what is not committed but with nothing that is ignored."""
    _git(source, "clone", "--quiet", "--shared", str(source), str(folder))
    listed = _git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    there = {name for name in listed.split("\0") if name and (source / name).is_file()}
    for name in set(_git(folder, "ls-files", "-z").split("\0")) - there - {""}:
        (folder / name).unlink()
    for name in there:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / name)
    commit = _commit(folder, "the tree as it is")
    _git(folder, "checkout", "--quiet", "-B", "main")
    _git(folder, "remote", "set-url", "origin", f"https://github.com/{REPOSITORY}.git")
    _git(folder, "update-ref", "refs/remotes/origin/main", commit)
    return Tree(folder, commit, commit)


def planted(tree: Tree, fault: Fault, folder: Path) -> Tree:
    """Copy a tree and commit a fault on top.

    Raises:
        RehearsalError: the tree has no such place any more.
    """
    shutil.copytree(tree.folder, folder, symlinks=True)
    path = folder / fault.path
    text = path.read_text("utf-8") if path.exists() else ""
    if text.count(fault.old) != 1 and fault.old:
        raise RehearsalError(f"{fault.path} does not hold {fault.old!r} once: mend faults.toml")
    path.write_text(text.replace(fault.old, fault.new) if fault.old else fault.new, "utf-8")
    return Tree(folder, tree.base, _commit(folder, f"a fault: {fault.about}"))


def _commit(folder: Path, message: str) -> str:
    _git(folder, "add", "--all", "--", ":!.venv*")
    _git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}")
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*GIT, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RehearsalError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
