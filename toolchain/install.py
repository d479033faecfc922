"""Installs a pinned program, or finds the installed one; a wrong checksum is never forgiven."""

import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".cache" / "tools"
DOWNLOAD_TIMEOUT_S = (5, 120)
"""To connect, and between two parts of the answer."""
DOWNLOAD_S = 600
LARGEST_DOWNLOAD_BYTES = 300 << 20
BUILD_TIMEOUT_S = 1800


class ToolError(Exception):
    """A program cannot be had; the text says what to do."""


class TamperedError(ToolError):
    """What came is not what is pinned: nothing may go on without knowing why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One program: its version and the checksums of the places it comes from."""

    name: str
    version: str
    module: str
    hash: str
    """The module's hash as go.sum writes it."""
    package: str
    """What to build, relative to the module."""
    release: str | None = None
    sha256: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    change: dict[str, str] = field(default_factory=dict)
    """A place in the module's source, `from` and `to` what: there is exactly one, or no build."""

    @property
    def path(self) -> Path:
        """Where it is installed; whatever changes in the pin, it is another file."""
        pinned = hashlib.sha256(repr(self).encode()).hexdigest()[:8]
        return FOLDER / f"{self.name}-{self.version}-{pinned}"

    @property
    def installed(self) -> bool:
        """Whether it is there, as a file of its own."""
        return self.path.is_file() and not self.path.is_symlink()


def pins() -> dict[str, Pin]:
    """Read `pins.toml`."""
    table = tomllib.loads((Path(__file__).parent / "pins.toml").read_text("utf-8"))
    return {name: Pin(name=name, **values) for name, values in table.items()}


def find(name: str) -> Path | None:
    """Find the installed program; None if it is not installed."""
    pin = pins()[name]
    return pin.path if pin.installed else None


def install(pin: Pin) -> Path:
    """Install a program unless it is installed already.

    Raises:
        ToolError: neither place has it.
        TamperedError: what came is not what is pinned.
    """
    if pin.installed:
        return pin.path
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not _download(pin):
        _build(pin)
    return pin.path


def _download(pin: Pin) -> bool:
    """Take the project's own release; False where there is none or it cannot be reached."""
    if pin.release is None or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return False
    try:
        content = _fetch(pin.release)
    except requests.RequestException:
        return False
    if hashlib.sha256(content).hexdigest() != pin.sha256:
        raise TamperedError(
            f"{pin.name}: the download is not what is pinned in toolchain/pins.toml; "
            "do not use it, and find out why"
        )
    _place(pin, _unpack(pin, content))
    return True


def _fetch(url: str) -> bytes:
    """Download within a size and a time."""
    until, content = time.monotonic() + DOWNLOAD_S, b""
    with requests.get(url, timeout=DOWNLOAD_TIMEOUT_S, stream=True) as answer:
        answer.raise_for_status()
        for part in answer.iter_content(1 << 20):
            content += part
            if len(content) > LARGEST_DOWNLOAD_BYTES or time.monotonic() > until:
                raise requests.RequestException("it is too large or too slow")
    return content


def _unpack(pin: Pin, content: bytes) -> bytes:
    if not str(pin.release).endswith(".tar.gz"):
        return content
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            member = archive.extractfile(pin.name)
            if member is not None:
                return member.read()
    except (KeyError, tarfile.TarError, OSError, EOFError) as exc:
        raise ToolError(f"{pin.name}: the download does not contain it: {exc}") from exc
    raise ToolError(f"{pin.name}: the download does not contain it")


def _place(pin: Pin, program: bytes) -> None:
    """Write it whole or not at all."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as private:
        partial = Path(private, "program")
        partial.write_bytes(program)
        partial.chmod(0o755)
        partial.replace(pin.path)


def _build(pin: Pin) -> None:
    if shutil.which("go") is None:
        raise ToolError(
            f"{pin.name} {pin.version} can be neither downloaded nor built: "
            "install Go 1.26 or later"
        )
    # Not Go's usual cache of modules: it does not look again at what it unpacked before.
    with tempfile.TemporaryDirectory(dir=FOLDER) as private:
        modules = Path(private, "modules")
        got = _go(pin, modules, "mod", "download", "-json", pin.module, cwd=FOLDER)
        module: dict[str, Any] = json.loads(got)
        if module["Sum"] != pin.hash:
            raise TamperedError(f"{pin.name}: the module's hash is {module['Sum']}, not {pin.hash}")
        source, program = Path(module["Dir"]), Path(private, "program")
        if pin.change:
            _change(pin, source)
        command = ["build", "-trimpath", "-buildvcs=false", "-mod=readonly", f"-o={program}"]
        _go(pin, modules, *command, pin.package, cwd=source)
        program.replace(pin.path)


def _change(pin: Pin, source: Path) -> None:
    """Change the one place of the module that the pin names."""
    path, wanted = source / pin.change["file"], pin.change["from"]
    text = path.read_text("utf-8") if path.is_file() else ""
    if not wanted or text.count(wanted) != 1:
        raise TamperedError(
            f"{pin.name}: the change in pins.toml fits {pin.change['file']} no more"
        )
    path.write_text(text.replace(wanted, pin.change["to"]), "utf-8")


def _go(pin: Pin, modules: Path, *arguments: str, cwd: Path) -> str:
    # Only these: a GOFLAGS of the caller's could change what is built.
    ours = {"CGO_ENABLED": "0", "GOFLAGS": "-modcacherw", "GOWORK": "off"}
    try:
        done = subprocess.run(
            ["go", *arguments],
            cwd=cwd,
            env={**os.environ, **ours, "GOMODCACHE": str(modules), **pin.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"{pin.name}: go {arguments[0]} took longer than {BUILD_TIMEOUT_S} s"
        ) from None
    if done.returncode:
        # `go mod download -json` tells its error in the JSON.
        said = done.stderr.strip() or re.sub(
            r'.*"Error": "(.*?)".*', r"\1", done.stdout, flags=re.DOTALL
        )
        words = said.strip().splitlines() or ["no reason given"]
        raise ToolError(f"{pin.name}: go {arguments[0]} failed: {words[-1]}")
    return done.stdout
