"""A server of releases, a folder of tools of the test's own, and Go with a tiny module."""

import base64
import hashlib
import io
import os
import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiohttp import web

from local.serving import serving
from tests.toolchain.samples import MODULE, PROGRAM, SOURCES, VERSION, sha256
from toolchain import pins as pinning


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
    monkeypatch.setattr(pinning, "FOLDER", path)
    monkeypatch.setattr(pinning.platform, "system", lambda: "Linux")
    monkeypatch.setattr(pinning.platform, "machine", lambda: "x86_64")
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


@pytest.fixture
def put_on_path(monkeypatch):
    """Put a program named `tool` into a folder of its own, first on PATH.

    Not under the tests' folder of temporary files, which is everybody's.
    """
    with ExitStack() as folders:

        def put(content, mode=0o755, name="tool"):
            folder = folders.enter_context(TemporaryDirectory(dir=Path.home()))
            path = Path(folder, name)
            path.write_bytes(content)
            path.chmod(mode)
            monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
            return path

        yield put
