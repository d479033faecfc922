"""The source archive of a commit: git's own tar file, the same bytes from any clone of it."""

import gzip
import io
import re
import subprocess
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deploy.reference import RefusedError
from deploy.source.version import CHANGELOG, SETTINGS, version

NAME = "hardened-data-pipeline"
SUFFIX = ".tar.gz"
MAX_BYTES = 1 << 28
"""Of the unpacked archive, so that a small hostile one cannot fill the memory."""
COMMIT = re.compile(r"[0-9a-f]{40}")
MAIN = "refs/remotes/origin/main"
ON_MAIN = ("--contains=HEAD", "--list", "origin/main")


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was read whole; nothing in it leads out of its folder."""

    version: str
    commit: str
    """As git noted it in the archive: a claim, until a signature says the same."""
    files: dict[str, bytes]
    """Regular files by their path in the tree."""

    @property
    def name(self) -> str:
        """The name of its file."""
        return file_name(self.version)


def file_name(of: str) -> str:
    """Name the archive of a version."""
    return f"{NAME}-{of}{SUFFIX}"


def make(root: Path, folder: Path) -> Path:
    """Write the archive of the commit that is checked out.

    Raises:
        RefusedError: files differ from the commit, or it is no version, or not on origin's main,
            where the checkout knows that.
    """
    # What git does not know is in no commit, and so in no archive either.
    if changed := _git(root, "status", "--porcelain", "--untracked-files=no").decode():
        raise RefusedError(f"commit first: {changed.splitlines()[0].strip()} and perhaps more")
    commit = _git(root, "rev-parse", "HEAD").decode().strip()
    if _git(root, "for-each-ref", MAIN) and not _git(root, "branch", "--remotes", *ON_MAIN):
        raise RefusedError(f"{commit} is not on main: only what was reviewed is released")
    texts = (_git(root, "show", f"{commit}:{name}").decode() for name in (CHANGELOG, SETTINGS))
    released = version(*texts)
    # A fixed mode for all: git would take it from the machine's settings.
    settings = ("-c", "tar.umask=0022")
    prefix = f"--prefix={NAME}-{released}/"
    plain = _git(root, *settings, "archive", "--format=tar", prefix, commit)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(released)
    path.write_bytes(gzip.compress(plain, mtime=0))
    return path


def read(path: Path) -> Archive:
    """Read an archive, and trust nothing in it.

    Raises:
        RefusedError: it is no archive of this project's, or not one that may be unpacked.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(path)), mode="r:") as held:
            commit = str(held.pax_headers.get("comment", ""))
            members = held.getmembers()
            roots = {PurePosixPath(member.name).parts[0] for member in members}
            _check(members, roots)
            (root,) = roots
            files = {
                member.name.removeprefix(f"{root}/"): _content(held, member)
                for member in members
                if member.isreg()
            }
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, IndexError) as exc:
        raise RefusedError(f"{path.name} is no source archive: {exc}") from exc
    try:
        texts = (files[name].decode("utf-8") for name in (CHANGELOG, SETTINGS))
        released = version(*texts)
    except (KeyError, ValueError) as exc:
        raise RefusedError(f"{path.name} holds no {CHANGELOG} and {SETTINGS}: {exc!r}") from exc
    if not COMMIT.fullmatch(commit):
        raise RefusedError(f"{path.name} does not say which commit it is")
    if root != f"{NAME}-{released}" or path.name != file_name(released):
        raise RefusedError(f"{path.name} holds {root} and says in it that it is {released}")
    return Archive(released, commit, files)


def _unpacked(path: Path) -> bytes:
    with gzip.open(path) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES >> 20} MiB")
    return content


def _check(members: list[tarfile.TarInfo], roots: set[str]) -> None:
    names = [member.name for member in members]
    if len(roots) != 1 or len(names) != len(set(names)):
        raise ValueError("not one folder with each file once")
    for member in members:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{member.name} leads out of it")
        if not (member.isreg() or member.isdir()):
            raise ValueError(f"{member.name} is no file and no folder")


def _content(held: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = held.extractfile(member)
    return stream.read() if stream else b""


def _git(root: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise RefusedError(f"git {arguments[0]}: {said or 'failed'}")
    return done.stdout
