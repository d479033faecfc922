"""A download is what is pinned or it is not installed, whoever sent it."""

import pytest

from tests.toolchain.samples import PROGRAM, left, packed, pin, sha256
from toolchain import pins as pinning
from toolchain.install import ToolError, install


def test_the_program_is_taken_out_of_an_archive(releases, folder, no_go):
    content = releases.files["tool.tar.gz"] = packed("README", "tool")
    path = install(pin(f"{releases.url}/tool.tar.gz", content))
    assert path.read_bytes() == PROGRAM
    assert left(folder) == ["tool-1.0.0"]


@pytest.mark.parametrize(
    ("names", "more"),
    [(["README"], {}), (["bin/tool"], {}), ([], {"name": "folder"})],
    ids=["without_it", "elsewhere", "a_folder"],
)
def test_an_archive_without_the_program_installs_nothing(releases, folder, names, more):
    content = releases.files["tool.tar.gz"] = packed(*names)
    with pytest.raises(ToolError, match="the download does not contain it"):
        install(pin(f"{releases.url}/tool.tar.gz", content, **more))
    assert left(folder) == []


def test_what_is_no_archive_installs_nothing(releases, folder):
    releases.files["tool.tar.gz"] = PROGRAM
    with pytest.raises(ToolError, match="tool"):
        install(pin(f"{releases.url}/tool.tar.gz"))
    assert left(folder) == []


@pytest.mark.parametrize(
    "content",
    [PROGRAM + b"\n", PROGRAM[:-1], b"", PROGRAM.replace(b"it", b"IT"), b"<html>404</html>"],
    ids=["longer", "shorter", "empty", "changed", "page"],
)
def test_a_download_with_another_checksum_is_refused_and_nothing_is_built_instead(
    releases, folder, fake_go, content
):
    """Whoever can change a download must not be able to choose where it comes from, either."""
    releases.files["tool"] = content
    with pytest.raises(ToolError, match="the download is not what is pinned") as refused:
        install(pin(f"{releases.url}/tool"))
    assert "find out why" in str(refused.value)
    assert left(folder) == []
    assert not fake_go.exists()


@pytest.mark.parametrize("checksum", [None, "", "0" * 64, sha256(PROGRAM).upper(), "*"])
def test_a_release_without_its_own_checksum_is_never_installed(releases, folder, checksum):
    with pytest.raises(ToolError, match="not what is pinned"):
        install(pin(f"{releases.url}/tool", sha256=checksum))
    assert left(folder) == []


@pytest.mark.parametrize("name", ["404", "403", "500", "503", "half"])
def test_a_download_that_does_not_come_whole_leaves_nothing_and_go_is_asked(
    releases, folder, fake_go, name
):
    with pytest.raises(ToolError, match="tool: go mod failed"):
        install(pin(f"{releases.url}/{name}"))
    assert left(folder) == []
    assert fake_go.exists()


@pytest.mark.parametrize(
    ("system", "machine"), [("Linux", "aarch64"), ("Darwin", "x86_64"), ("Darwin", "arm64")]
)
def test_a_release_for_another_machine_is_not_fetched(
    releases, folder, no_go, monkeypatch, system, machine
):
    monkeypatch.setattr(pinning.platform, "system", lambda: system)
    monkeypatch.setattr(pinning.platform, "machine", lambda: machine)
    with pytest.raises(ToolError, match="neither downloaded nor built"):
        install(pin(f"{releases.url}/tool"))
    assert releases.asked == []
