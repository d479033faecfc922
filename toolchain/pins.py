"""Which programs, in which version, with the checksums of the places they come from."""

import hashlib
import platform
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".cache" / "tools"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""Python's names of them, and Go's."""


class ToolError(Exception):
    """A program cannot be had; the text says what to do."""


class TamperedError(ToolError):
    """What came is not what is pinned: nothing may go on without knowing why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The project's own download for one platform."""

    url: str
    sha256: str


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
    releases: dict[str, Release] = field(default_factory=dict)
    """By platform, as in `linux-amd64`; only those whose checksum is known."""
    asked: tuple[str, ...] = ()
    """The arguments with which it tells its version; without them no program on PATH is taken."""
    answer: str = ""
    """The line of its answer that tells it, with single spaces: exactly this, or it is another."""
    stamp: str = ""
    """The Go variable, and what it is set to, that a build tells its version from."""
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

    @property
    def release(self) -> Release | None:
        """The release for this machine; None if no checksum of one is known."""
        machine = platform.machine().lower()
        architecture = ARCHITECTURES.get(machine, machine)
        return self.releases.get(f"{platform.system().lower()}-{architecture}")


def pins() -> dict[str, Pin]:
    """Read `pins.toml`; `{version}` stands for the program's version in all its texts."""
    table = tomllib.loads(Path(__file__).with_name("pins.toml").read_text("utf-8"))
    return {name: _pin(name, _filled(values, values["version"])) for name, values in table.items()}


def _pin(name: str, values: dict[str, Any]) -> Pin:
    releases = {where: Release(**release) for where, release in values.pop("releases", {}).items()}
    return Pin(name=name, releases=releases, **values)


def _filled(value: Any, version: str) -> Any:
    match value:
        case str():
            return value.replace("{version}", version)
        case list():
            return tuple(_filled(each, version) for each in value)
        case dict():
            return {key: _filled(each, version) for key, each in value.items()}
    return value
