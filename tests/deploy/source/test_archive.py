"""An archive holds a commit and no more; one that came from elsewhere does no harm."""

import gzip
import io
import os
import tarfile

import pytest

from deploy.reference import RefusedError
from deploy.source import archive
from tests.deploy.source.conftest import FILES, repository_in

ROOT = f"{archive.NAME}-1.2.3"
COMMIT = "c" * 40


def test_an_archive_is_the_commit(repository, made):
    read = archive.read(made)
    assert read.commit == repository.git("rev-parse", "HEAD")
    assert {name: text.decode() for name, text in read.files.items()} == FILES
    assert (read.version, read.name) == ("1.2.3", made.name)


def test_the_same_commit_is_the_same_archive_from_any_clone(repository, tmp_path):
    """Neither the clone's folder, nor its umask, nor the user's settings of git are in it."""
    first = archive.make(repository.folder, tmp_path / "one").read_bytes()
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", str(repository.folder), str(clone))
    repository_in(tmp_path / "other").git("-C", str(clone), "config", "tar.umask", "0077")
    before = os.umask(0o077)
    try:
        second = archive.make(clone, tmp_path / "two").read_bytes()
    finally:
        os.umask(before)
    assert first == second


def test_a_file_that_git_does_not_know_is_not_in_it(repository, made, tmp_path):
    repository.write({"new.txt": "new"})
    assert archive.make(repository.folder, tmp_path / "two").read_bytes() == made.read_bytes()


@pytest.mark.parametrize("staged", [True, False])
def test_what_is_not_committed_is_not_released(repository, tmp_path, staged):
    repository.write({"app/main.py": "changed", "new.txt": "new"})
    if staged:
        repository.git("add", "new.txt")
        repository.git("checkout", "--quiet", "app/main.py")
    with pytest.raises(RefusedError, match="commit first"):
        archive.make(repository.folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_not_on_main_is_not_released(repository, tmp_path):
    """A tag can be put on any commit, and a mistake is easily made."""
    reviewed = repository.git("rev-parse", "HEAD")
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", str(repository.folder), str(clone))
    archive.make(clone, tmp_path / "out")
    repository.commit({"app/main.py": "print('not reviewed')\n"})
    repository.git("-C", str(clone), "fetch", "--quiet", "origin")
    repository.git("-C", str(clone), "checkout", "--quiet", "origin/main")
    repository.git("-C", str(clone), "update-ref", archive.MAIN, reviewed)
    with pytest.raises(RefusedError, match="not on main"):
        archive.make(clone, tmp_path / "out")


def test_what_is_no_repository_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="git status"):
        archive.make(tmp_path, tmp_path / "out")


def packed(*members, comment=COMMIT, plain=False):
    """Write a tar file of `(name, text or kind of member)`."""
    stream = io.BytesIO()
    headers = {"comment": comment} if comment else {}
    with tarfile.open(fileobj=stream, mode="w", pax_headers=headers) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content.encode()))
            else:
                info.type, info.linkname = content, "/etc/passwd"
                tar.addfile(info)
    return stream.getvalue() if plain else gzip.compress(stream.getvalue())


GOOD = [(f"{ROOT}/{name}", text) for name, text in FILES.items()]
OLDER = FILES["CHANGELOG.md"].replace("1.2.3", "1.2.2")
HOSTILE = {
    "nothing": (b"", "no source archive"),
    "text": (b"hello", "no source archive"),
    "not compressed": (packed(*GOOD, plain=True), "no source archive"),
    "compressed twice": (gzip.compress(packed(*GOOD)), "no source archive"),
    "cut off": (packed(*GOOD)[:-20], "no source archive"),
    "empty": (packed(), "no source archive"),
    "out of the folder": (packed(*GOOD, (f"{ROOT}/../../x", "x")), "leads out of it"),
    "absolute": (packed(*GOOD, ("/etc/x", "x")), "not one folder"),
    "a second folder": (packed(*GOOD, ("other/x", "x")), "not one folder"),
    "a file twice": (packed(*GOOD, GOOD[0]), "not one folder with each file once"),
    "a link": (packed(*GOOD, (f"{ROOT}/l", tarfile.SYMTYPE)), "no file and no folder"),
    "a hard link": (packed(*GOOD, (f"{ROOT}/l", tarfile.LNKTYPE)), "no file and no folder"),
    "a device": (packed(*GOOD, (f"{ROOT}/l", tarfile.CHRTYPE)), "no file and no folder"),
    "no changelog": (packed(*GOOD[1:]), "holds no CHANGELOG.md"),
    "no commit": (packed(*GOOD, comment=""), "which commit"),
    "half a commit": (packed(*GOOD, comment="c" * 39), "which commit"),
    "another version": (
        packed((GOOD[0][0], OLDER), (GOOD[1][0], GOOD[1][1].replace("1.2.3", "1.2.2")), *GOOD[2:]),
        "says in it that it is 1.2.2",
    ),
    "another folder": (
        packed(*((name.replace("1.2.3", "1.2.2"), text) for name, text in GOOD)),
        "holds hardened-data-pipeline-1.2.2",
    ),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path, content, reason):
    path = tmp_path / f"{ROOT}.tar.gz"
    path.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        archive.read(path)
    assert reason in str(refused.value)


def test_the_good_twin_of_them_is_read(tmp_path):
    path = tmp_path / f"{ROOT}.tar.gz"
    path.write_bytes(packed(*GOOD))
    assert archive.read(path).commit == COMMIT


def test_a_small_file_cannot_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 16)
    path = tmp_path / f"{ROOT}.tar.gz"
    path.write_bytes(packed(*GOOD, (f"{ROOT}/zeros", "\0" * (1 << 17))))
    assert path.stat().st_size < 1 << 12
    with pytest.raises(RefusedError, match="more than"):
        archive.read(path)


def test_a_renamed_archive_is_refused(made):
    other = made.rename(made.with_name(made.name.replace("1.2.3", "9.9.9")))
    with pytest.raises(RefusedError, match=r"says in it that it is 1\.2\.3"):
        archive.read(other)
