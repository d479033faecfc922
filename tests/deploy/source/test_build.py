"""A build writes what is signed later, from the commit alone."""

import json

import pytest
from click.testing import CliRunner

from deploy.reference import RefusedError
from deploy.signing import BILL_OF_MATERIALS, PROVENANCE
from deploy.source import archive, build, release
from gates.trivy.scanner import Trivy
from toolchain.install import find


@pytest.fixture
def trivy(tmp_path):
    program = find("trivy")
    if program is None:
        pytest.skip("needs trivy: python -m toolchain trivy")
    return Trivy(program, tmp_path / "trivy")


IDENTITY = release.identity("owner/name", "1.2.3")


def test_a_build_is_the_archive_and_two_statements_about_it(repository, trivy, tmp_path):
    out = tmp_path / "out"
    made = build.build(repository.folder, out, trivy, IDENTITY)
    bill, provenance = (
        json.loads(made.predicate(kind).read_text("utf-8"))
        for kind in (BILL_OF_MATERIALS, PROVENANCE)
    )
    pins = {(each["name"], each["version"]) for each in bill["components"] if "purl" in each}
    assert pins == {("flask", "3.1.2"), ("blinker", "1.9.0")}
    assert bill["metadata"]["component"]["name"] == made.archive.name
    assert provenance["runDetails"]["builder"]["id"] == IDENTITY
    for path in out.iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name


def test_nothing_of_an_earlier_build_is_left(repository, trivy, tmp_path):
    out = tmp_path / "out"
    build.build(repository.folder, out, trivy, IDENTITY)
    repository.commit(
        {
            "CHANGELOG.md": "## 1.2.4 - 2026-12-02\n",
            "pyproject.toml": '[project]\nversion = "1.2.4"\n',
        }
    )
    made = build.build(repository.folder, out, trivy, IDENTITY)
    assert made.archive.name == archive.file_name("1.2.4")
    assert not list(out.glob("*1.2.3*"))


def test_a_lock_that_trivy_does_not_read_is_noticed(repository, trivy, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "LOCK_PATTERN", r"pip:^nowhere\.txt$")
    with pytest.raises(RefusedError, match="leaves out"):
        build.build(repository.folder, tmp_path / "out", trivy, IDENTITY)


def test_a_tree_that_is_no_version_is_told_what_to_do(repository, monkeypatch):
    repository.commit({"CHANGELOG.md": "## Unreleased\n"})
    monkeypatch.setattr(build, "ROOT", repository.folder)
    if find("trivy") is None:
        pytest.skip("needs trivy: python -m toolchain trivy")
    ended = CliRunner().invoke(build.main)
    assert ended.exit_code == 1
    assert "`## 1.2.3 - 2026-12-31`" in ended.output
