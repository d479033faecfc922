"""A program is what is pinned or it is not installed; no download and no build is believed."""

import base64
import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import zipfile

import pytest
from aiohttp import web
from click.testing import CliRunner

from local.serving import serving
from toolchain import install as installing
from toolchain.__main__ import main
from toolchain.install import Pin, ToolError, find, install, pins

PROGRAM = b"#!/bin/sh\necho it runs\n"
NOWHERE = "http://127.0.0.1:9/tool"
"""The discard port: nobody answers."""
MODULE, VERSION = "example.test/tiny", "v1.0.0"
SOURCES = {
    "go.mod": "module example.test/tiny\n\ngo 1.21\n",
    "cmd/tool/main.go": 'package main\n\nfunc main() { println("built") }\n',
    "cmd/broken/main.go": "package main\n\nfunc main() { gone() }\n",
}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def packed(*names):
    """A release as an archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(PROGRAM)
            tar.addfile(info, io.BytesIO(PROGRAM))
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    return content.getvalue()


class Releases:
    """Serves releases on loopback and counts the requests."""

    def __init__(self):
        self.files = {"tool": PROGRAM}
        self.asked = []
        self.app = web.Application()
        self.app.router.add_get("/{name}", self.answer)

    async def answer(self, request):
        name = request.match_info["name"]
        self.asked.append(name)
        if name.isdigit():
            return web.Response(status=int(name), body=PROGRAM)
        if name == "half":
            response = web.StreamResponse(headers={"Content-Length": str(len(PROGRAM) * 2)})
            await response.prepare(request)
            await response.write(PROGRAM)
            request.transport.close()
            return response
        return web.Response(body=self.files[name])


@pytest.fixture(scope="module")
def server():
    releases = Releases()
    with serving(releases.app) as url:
        releases.url = url
        yield releases


@pytest.fixture
def releases(server):
    server.files = {"tool": PROGRAM}
    server.asked.clear()
    return server


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Install into a folder of the test's own, as on a machine that the releases are for."""
    path = tmp_path / "tools"
    monkeypatch.setattr(installing, "FOLDER", path)
    monkeypatch.setattr(installing.platform, "system", lambda: "Linux")
    monkeypatch.setattr(installing.platform, "machine", lambda: "x86_64")
    return path


@pytest.fixture
def no_go(tmp_path, monkeypatch):
    """A path without Go."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Go with a tiny module in its reach, and nothing else; its true hash."""
    if shutil.which("go") is None:
        pytest.skip("needs go: what cannot be downloaded is built with it")
    zipped = io.BytesIO()
    prefix = f"{MODULE}@{VERSION}"
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, text in SOURCES.items():
            archive.writestr(f"{prefix}/{name}", text)
    versions = tmp_path / "proxy" / MODULE / "@v"
    versions.mkdir(parents=True)
    (versions / f"{VERSION}.zip").write_bytes(zipped.getvalue())
    (versions / f"{VERSION}.mod").write_text(SOURCES["go.mod"], "utf-8")
    (versions / f"{VERSION}.info").write_text(f'{{"Version": "{VERSION}"}}', "utf-8")
    for name, value in {
        "GOPROXY": (tmp_path / "proxy").as_uri(),
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOFLAGS": "-modcacherw",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
    }.items():
        monkeypatch.setenv(name, value)
    lines = [f"{sha256(text.encode())}  {prefix}/{name}\n" for name, text in SOURCES.items()]
    summed = hashlib.sha256("".join(sorted(lines, key=lambda line: line[66:])).encode())
    return "h1:" + base64.b64encode(summed.digest()).decode()


@pytest.fixture
def fake_go(tmp_path, monkeypatch):
    """A `go` that only notes that it was started."""
    path = tmp_path / "fake"
    path.mkdir()
    (path / "go").write_text('#!/bin/sh\ntouch "$0.started"\nexit 1\n', "utf-8")
    (path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}")
    return path / "go.started"


def pin(release=None, content=PROGRAM, **more):
    """A program that is pinned to this content."""
    values = {
        "name": "tool",
        "version": "1.0.0",
        "module": f"{MODULE}@{VERSION}",
        "hash": "h1:" + "A" * 43 + "=",
        "package": "./cmd/tool",
        "release": release,
        "sha256": sha256(content) if release else None,
    }
    return Pin(**(values | more))


def left(folder):
    """What lies in the folder of tools."""
    there = folder.iterdir() if folder.exists() else []
    # Without the digest of the pin, with which each name ends.
    return sorted(re.sub(r"-[0-9a-f]{8}$", "", path.name) for path in there)


def printed(path):
    done = subprocess.run([path], capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip()


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


@pytest.mark.parametrize("release", [None, NOWHERE], ids=["no_release", "unreachable"])
def test_without_a_download_and_without_go_the_text_says_what_to_install(folder, no_go, release):
    with pytest.raises(ToolError) as refused:
        install(pin(release))
    assert str(refused.value) == (
        "tool 1.0.0 can be neither downloaded nor built: install Go 1.26 or later"
    )
    assert left(folder) == []


@pytest.mark.parametrize(
    ("system", "machine"), [("Linux", "aarch64"), ("Darwin", "x86_64"), ("Darwin", "arm64")]
)
def test_a_release_for_another_machine_is_not_fetched(
    releases, folder, no_go, monkeypatch, system, machine
):
    monkeypatch.setattr(installing.platform, "system", lambda: system)
    monkeypatch.setattr(installing.platform, "machine", lambda: machine)
    with pytest.raises(ToolError, match="neither downloaded nor built"):
        install(pin(f"{releases.url}/tool"))
    assert releases.asked == []


@pytest.mark.parametrize("release", [None, NOWHERE], ids=["no_release", "unreachable"])
def test_what_cannot_be_downloaded_is_built_from_the_pinned_module(folder, go, release):
    path = install(pin(release, hash=go))
    assert printed(path) == "built"
    assert left(folder) == ["tool-1.0.0"]


@pytest.mark.parametrize("bogus", ["h1:" + "A" * 43 + "=", "", "h1:"])
def test_a_module_with_another_hash_is_refused_before_it_is_built(folder, go, bogus):
    with pytest.raises(ToolError, match="tool: the module's hash is") as refused:
        install(pin(hash=bogus))
    assert go in str(refused.value)
    assert str(refused.value).endswith(f"not {bogus}")
    assert left(folder) == []


def test_a_module_that_was_changed_where_go_keeps_it_is_not_built(folder, go, tmp_path):
    """Go itself looks at what it unpacked only when it is asked to; CI keeps it between runs."""
    wanted = pin(hash=go)
    install(wanted).unlink()
    source = tmp_path / "modules" / f"{MODULE}@{VERSION}" / "cmd" / "tool" / "main.go"
    if source.exists():
        text = SOURCES["cmd/tool/main.go"].replace("built", "changed")
        source.write_text(text, "utf-8")
    try:
        path = install(wanted)
    except ToolError:
        assert left(folder) == []
    else:
        assert printed(path) == "built"


CHANGE = {"file": "cmd/tool/main.go", "from": '"built"', "to": '"mended"'}


def test_a_change_is_made_for_the_program_that_asks_for_it_alone(folder, go):
    assert printed(install(pin(hash=go, change=CHANGE))) == "mended"
    assert printed(install(pin(hash=go))) == "built"


@pytest.mark.parametrize(
    "wrong",
    [{"from": "gone"}, {"from": "n"}, {"from": ""}, {"file": "cmd/gone.go"}, {"file": "cmd"}],
    ids=["nowhere", "several_places", "everywhere", "no_file", "folder"],
)
def test_a_change_that_does_not_fit_exactly_once_builds_nothing(folder, go, wrong):
    with pytest.raises(ToolError, match=r"the change in pins\.toml fits .* no more"):
        install(pin(hash=go, change=CHANGE | wrong))
    assert left(folder) == []


def test_another_change_is_another_file(go):
    """Else whoever has the program without it would keep that."""
    assert pin(change=CHANGE).path != pin().path


def test_a_module_that_does_not_compile_leaves_nothing_and_says_why(folder, go):
    with pytest.raises(ToolError, match=r"tool: go build failed: .*undefined: gone"):
        install(pin(hash=go, package="./cmd/broken"))
    assert left(folder) == []


def test_a_module_that_is_not_there_is_told_by_its_name(folder, go):
    with pytest.raises(ToolError, match="gone") as refused:
        install(pin(hash=go, module="example.test/gone@v1.0.0"))
    assert "go mod failed" in str(refused.value)


def test_a_build_that_takes_too_long_is_ended(folder, fake_go, monkeypatch):
    fake_go.with_name("go").write_text("#!/bin/sh\nexec sleep 20\n", "utf-8")
    monkeypatch.setattr(installing, "BUILD_TIMEOUT_S", 0.2)
    with pytest.raises(ToolError, match="tool"):
        install(pin())


@pytest.mark.parametrize("name", pins())
def test_each_pin_has_an_exact_version_and_the_module_s_hash(name):
    found = pins()[name]
    assert re.fullmatch(r"\d+\.\d+\.\d+", found.version)
    assert re.fullmatch(r"[a-z0-9./-]+@v\d+\.\d+\.\d+", found.module)
    assert found.module.endswith(f"@v{found.version}")
    assert re.fullmatch(r"h1:[A-Za-z0-9+/]{43}=", found.hash)
    assert found.package == "." or found.package.startswith("./cmd/")
    assert not {"GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB", "GOFLAGS"} & {*found.environment}


@pytest.mark.parametrize("name", pins())
def test_each_pin_has_a_release_with_its_checksum_or_neither(name):
    found = pins()[name]
    assert (found.release is None) == (found.sha256 is None)
    if found.release is not None:
        assert found.release.startswith("https://")
        assert found.version in found.release
        assert re.fullmatch(r"[0-9a-f]{64}", found.sha256)


def test_a_program_that_is_changed_has_no_release():
    """The release would be without the change."""
    assert not [name for name, found in pins().items() if found.change and found.release]


def test_a_program_that_is_not_installed_is_not_found(folder):
    assert find("trivy") is None
    folder.mkdir()
    path = pins()["trivy"].path
    path.symlink_to("/bin/true")
    assert find("trivy") is None
    path.unlink()
    path.touch()
    assert find("trivy") == path


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
