"""The project's files as git sees them: what is ignored is nobody's to judge."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gates.outcome import BrokenError

SHEBANG_BYTES = 80


def commit(root: Path) -> str:
    """Name the commit, with `+` behind it if something is changed; empty before the first."""
    name = git(root, "rev-parse", "--verify", "--quiet", "HEAD", accepted=(0, 1)).strip()
    return name + "+" * bool(name and git(root, "status", "--porcelain").strip())


def history(root: Path) -> str:
    """Locate the repository itself, with the whole history in it.

    Raises:
        BrokenError: it is a shallow clone: a secret may be in what is left out.
    """
    if git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        raise BrokenError("the clone is shallow: git fetch --unshallow (fetch-depth: 0)")
    return git(root, "rev-parse", "--absolute-git-dir").strip()


def files(root: Path, pathspecs: Sequence[str], interpreters: Sequence[str] = ()) -> list[str]:
    """List the files that are there, tracked or new, which match one of git's pathspecs.

    Args:
        root: the project.
        pathspecs: as git takes them; `:!` before one leaves it out.
        interpreters: files whose first line names one of these are taken, too.
    """
    found = _listed(root, pathspecs)
    if interpreters:
        left_out = [each for each in pathspecs if each.startswith(":!")]
        found |= {each for each in _listed(root, left_out) if _starts(root / each, interpreters)}
    return sorted(found)


def _listed(root: Path, pathspecs: Sequence[str]) -> set[str]:
    listed = git(root, "ls-files", "-z", "-co", "--exclude-standard", "--", *pathspecs)
    return {each for each in listed.split("\0") if each and (root / each).is_file()}


def git(root: Path, *arguments: str, accepted: Sequence[int] = (0,)) -> str:
    """Ask git, without its configuration for this person.

    Raises:
        BrokenError: there is no git, or it refuses.
    """
    try:
        done = subprocess.run(
            ["git", "-c", f"safe.directory={root.resolve()}", *arguments],
            cwd=root,
            env=environment(),
            capture_output=True,
            check=False,
        )
    except OSError as exc:
        raise BrokenError(f"git does not run: {exc}; install it") from None
    if done.returncode not in accepted:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BrokenError(f"git {arguments[0]} fails: {''.join(said[-1:])}; is this a repository?")
    return done.stdout.decode("utf-8", "surrogateescape")


def environment() -> dict[str, str]:
    """Leave git no variable that names another repository, and no configuration but the tree's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def _starts(path: Path, interpreters: Sequence[str]) -> bool:
    """Tell whether its first line is `#!` and the path, or `env`'s argument, of one of these."""
    with path.open("rb") as stream:
        first = stream.read(SHEBANG_BYTES).split(b"\n")[0]
    words = first.decode("utf-8", "replace").removeprefix("#!").split()
    return first.startswith(b"#!") and any(Path(word).name in interpreters for word in words)
