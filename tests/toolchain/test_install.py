"""A program is what is pinned or it is not installed; the places are tried in their order."""

import pytest
from click.testing import CliRunner

from tests.toolchain.samples import NOWHERE, PROGRAM, left, pin, printed
from toolchain.__main__ import main
from toolchain.install import ToolError, find, install, pins, there


def test_a_download_with_the_right_checksum_is_installed_and_runs(releases, folder, no_go):
    path = install(pin(f"{releases.url}/tool"))
    assert path.parent == folder
    assert path.name.startswith("tool-1.0.0-")
    assert path.read_bytes() == PROGRAM
    assert path.stat().st_mode & 0o777 == 0o755
    assert left(folder) == ["tool-1.0.0"]


def test_what_was_installed_runs(releases):
    assert printed(install(pin(f"{releases.url}/tool"))) == "it runs"


def test_what_is_installed_is_not_fetched_again(releases):
    wanted = pin(f"{releases.url}/tool")
    assert install(wanted) == install(wanted)
    assert releases.asked == ["tool"]


def test_another_version_is_another_file(releases, folder):
    for version in ("1.0.0", "1.0.1"):
        install(pin(f"{releases.url}/tool", version=version))
    assert left(folder) == ["tool-1.0.0", "tool-1.0.1"]


@pytest.mark.parametrize("release", [None, NOWHERE], ids=["no_release", "unreachable"])
def test_without_a_download_and_without_go_the_text_says_what_to_install(folder, no_go, release):
    with pytest.raises(ToolError) as refused:
        install(pin(release))
    assert str(refused.value) == (
        "tool 1.0.0 can be neither downloaded nor built: install Go 1.26 or later"
    )
    assert left(folder) == []


def test_a_program_that_is_not_installed_is_not_found(folder, no_go):
    assert find("trivy") is None
    folder.mkdir()
    path = pins()["trivy"].path
    path.symlink_to("/bin/true")
    assert find("trivy") is None
    path.unlink()
    path.touch()
    assert find("trivy") == path


ASKED = {"asked": ("--version",), "answer": "tool 1.0.0"}
RIGHT = b"#!/bin/sh\necho tool 1.0.0\n"


def test_the_right_version_on_path_is_used_and_nothing_is_fetched_or_installed(
    releases, folder, put_on_path
):
    program = put_on_path(RIGHT)
    wanted = pin(f"{releases.url}/tool", RIGHT, **ASKED)
    assert install(wanted) == program
    assert (releases.asked, left(folder)) == ([], [])


def test_the_right_version_on_path_comes_before_what_was_installed(releases, put_on_path):
    releases.files["tool"] = RIGHT
    wanted = pin(f"{releases.url}/tool", RIGHT, **ASKED)
    assert install(wanted) == wanted.path
    program = put_on_path(RIGHT)
    assert install(wanted) == there(wanted) == program


def test_a_wrong_version_on_path_is_passed_over_for_the_download(releases, put_on_path):
    releases.files["tool"] = RIGHT
    put_on_path(RIGHT.replace(b"1.0.0", b"1.0.1"))
    wanted = pin(f"{releases.url}/tool", RIGHT, **ASKED)
    assert there(wanted) is None
    assert install(wanted) == wanted.path


@pytest.mark.parametrize(
    "content",
    [RIGHT.replace(b"1.0.0", b"1.0.1"), b"\x7fELF of another machine", b""],
    ids=["another_version", "another_machine", "empty"],
)
def test_a_download_that_does_not_answer_with_its_version_is_not_installed(
    releases, folder, content
):
    releases.files["tool"] = content
    with pytest.raises(ToolError, match=r"does not answer .* does it run on this machine\?"):
        install(pin(f"{releases.url}/tool", content, **ASKED))
    assert left(folder) == []


def test_an_unknown_name_is_told_with_the_known_ones(folder):
    for names in (["nmap"], ["trivy", "nmap"]):
        ended = CliRunner().invoke(main, names)
        assert ended.exit_code == 1
        assert f"unknown: nmap; known: {', '.join(pins())}" in ended.output
    assert left(folder) == []


def test_the_command_installs_what_is_named_and_tells_a_failure_in_one_line(
    releases, folder, no_go, monkeypatch
):
    known = {
        "tool": pin(f"{releases.url}/tool"),
        "other": pin(NOWHERE, name="other"),
    }
    monkeypatch.setattr("toolchain.__main__.pins", lambda: known)
    ended = CliRunner().invoke(main, ["tool"])
    assert (ended.exit_code, ended.output) == (0, "installing tool 1.0.0\n")
    assert CliRunner().invoke(main, ["tool"]).output == ""
    ended = CliRunner().invoke(main, [])
    assert ended.exit_code == 1
    assert ended.output.splitlines() == [
        "installing other 1.0.0",
        "other 1.0.0 can be neither downloaded nor built: install Go 1.26 or later",
    ]
