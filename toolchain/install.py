"""Installs a pinned program, or finds the installed one; a wrong checksum is never forgiven."""

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".cache" / "tools"
DOWNLOAD_TIMEOUT_S = (5, 120)
"""To connect, and between two parts of the answer."""
BUILD_TIMEOUT_S = 1800


class ToolError(Exception):
    """A program cannot be had; the text says what to do."""


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
        """Where it is installed; another version is another file."""
        return FOLDER / f"{self.name}-{self.version}"


def pins() -> dict[str, Pin]:
    """Read `pins.toml`."""
    table = tomllib.loads((Path(__file__).parent / "pins.toml").read_text("utf-8"))
    return {name: Pin(name=name, **values) for name, values in table.items()}


def find(name: str) -> Path | None:
    """Find the installed program; None if it is not installed."""
    path = pins()[name].path
    return path if path.exists() else None


def install(pin: Pin) -> Path:
    """Install a program unless it is installed already.

    Raises:
        ToolError: neither place has it, or what came is not what is pinned.
    """
    if pin.path.exists():
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
        answer = requests.get(pin.release, timeout=DOWNLOAD_TIMEOUT_S)
        answer.raise_for_status()
    except requests.RequestException:
        return False
    if hashlib.sha256(answer.content).hexdigest() != pin.sha256:
        raise ToolError(
            f"{pin.name}: the download is not what is pinned in toolchain/pins.toml; "
            "do not use it, and find out why"
        )
    _place(pin, _unpack(pin, answer.content))
    return True


def _unpack(pin: Pin, content: bytes) -> bytes:
    if not str(pin.release).endswith(".tar.gz"):
        return content
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(pin.name)
        if member is None:
            raise ToolError(f"{pin.name}: the download does not contain it")
        return member.read()


def _place(pin: Pin, program: bytes) -> None:
    """Write it whole or not at all."""
    partial = pin.path.with_suffix(".partial")
    partial.write_bytes(program)
    partial.chmod(0o755)
    partial.replace(pin.path)


def _build(pin: Pin) -> None:
    if shutil.which("go") is None:
        raise ToolError(
            f"{pin.name} {pin.version} can be neither downloaded nor built: "
            "install Go 1.26 or later"
        )
    got = _go(pin, "mod", "download", "-json", pin.module, cwd=FOLDER)
    module: dict[str, Any] = json.loads(got)
    if module["Sum"] != pin.hash:
        raise ToolError(f"{pin.name}: the module's hash is {module['Sum']}, not {pin.hash}")
    source, partial = Path(module["Dir"]), pin.path.with_suffix(".partial")
    command = ["build", "-trimpath", "-buildvcs=false", "-mod=readonly", f"-o={partial}"]
    with tempfile.TemporaryDirectory() as private:
        if pin.change:
            source = _changed(pin, source, Path(private, "module"))
        _go(pin, *command, pin.package, cwd=source)
    partial.replace(pin.path)


def _changed(pin: Pin, source: Path, copy: Path) -> Path:
    """Change one place in a copy of the module."""
    shutil.copytree(source, copy, copy_function=shutil.copyfile)
    for folder in [copy, *(path for path in copy.rglob("*") if path.is_dir())]:
        folder.chmod(0o700)  # Go keeps its modules read-only
    path = copy / pin.change["file"]
    before, found, after = path.read_text("utf-8").partition(pin.change["from"])
    if not found or pin.change["from"] in after:
        raise ToolError(f"{pin.name}: the change in pins.toml fits {pin.change['file']} no more")
    path.write_text(before + pin.change["to"] + after, "utf-8")
    return copy


def _go(pin: Pin, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        ["go", *arguments],
        cwd=cwd,
        env={**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", **pin.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_TIMEOUT_S,
    )
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no reason given"]
        raise ToolError(f"{pin.name}: go {arguments[0]} failed: {words[-1]}")
    return done.stdout
