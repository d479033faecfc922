"""A program built with Go from the pinned module; another hash is never forgiven."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from toolchain.pins import Pin, TamperedError, ToolError

TIMEOUT_S = 1800


def build(pin: Pin, folder: Path) -> Path:
    """Build the program in a private folder and return its path there.

    Raises:
        ToolError: there is no Go, or it failed.
        TamperedError: the module is not the pinned one.
    """
    if shutil.which("go") is None:
        raise ToolError(
            f"{pin.name} {pin.version} can be neither downloaded nor built: "
            "install Go 1.26 or later"
        )
    # Not Go's usual cache of modules: it does not look again at what it unpacked before.
    modules = folder / "modules"
    got = _go(pin, modules, "mod", "download", "-json", pin.module, cwd=folder)
    module: dict[str, Any] = json.loads(got)
    if module["Sum"] != pin.hash:
        raise TamperedError(f"{pin.name}: the module's hash is {module['Sum']}, not {pin.hash}")
    source, program = Path(module["Dir"]), folder / "built"
    if pin.change:
        _change(pin, source)
    command = ["build", "-trimpath", "-buildvcs=false", "-mod=readonly", f"-o={program}"]
    stamp = [f"-ldflags=-X={pin.stamp}"] if pin.stamp else []
    _go(pin, modules, *command, *stamp, pin.package, cwd=source)
    return program


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
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ToolError(f"{pin.name}: go {arguments[0]} took longer than {TIMEOUT_S} s") from None
    if done.returncode:
        # `go mod download -json` tells its error in the JSON.
        said = done.stderr.strip() or re.sub(
            r'.*"Error": "(.*?)".*', r"\1", done.stdout, flags=re.DOTALL
        )
        words = said.strip().splitlines() or ["no reason given"]
        raise ToolError(f"{pin.name}: go {arguments[0]} failed: {words[-1]}")
    return done.stdout
