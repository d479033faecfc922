"""What the jobs find on this machine, so that no run installs anything and none leaves anything."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from images.bases import STANDINS
from images.layout import source_date_epoch
from rehearsal.errors import MissingError
from toolchain.install import find

ROOT = Path(__file__).parent.parent.parent
VENVS = (
    *(".venv", ".venv-emulators", ".venv-emulators-second"),
    *(".venv-gates", ".venv-release", ".venv-terraform"),
)
OPTIONAL = frozenset({".venv-emulators-second"})
INHERITED = ("IMAGE_ENGINE", "LANG", "PATH", "PIP_FIND_LINKS", "SSL_CERT_DIR", "SSL_CERT_FILE")
NEEDED = ("actionlint", "gitleaks", "trivy")
"""Programs that a job would install, if they were not on PATH."""
BOUNDED = Path(__file__).with_name("bounded.mk")
CACHE = ROOT / ".cache"
DAY_S = 86_400


def prepare(folder: Path) -> dict[str, str]:
    """Lay out what every run shares, and return the environment of its steps.

    Raises:
        MissingError: something is not installed; names the command that installs it.
    """
    tools, home, scratch = folder / "tools", folder / "home", folder / "tmp"
    for each in (tools, home, scratch):
        each.mkdir()
    # Found at once: a version manager's shim would search for it each time.
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    for name in NEEDED:
        program = find(name)
        if program is None:
            raise MissingError(f"{name} is missing: make setup-gates")
        (tools / name).symlink_to(program)
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    _link_venvs(folder)
    environment |= _go()
    environment |= {
        "PATH": f"{tools}{os.pathsep}{environment['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(scratch),
        # act gives each step a terminal; what it says is read.
        "NO_COLOR": "1",
        "TERM": "dumb",
        # The targets are the real ones, with less to do: bounded.mk says how much less.
        "MAKEFILES": str(BOUNDED),
        # Nothing outside is asked, and the answers say so.
        "BASES": os.environ.get("BASES") or ("standin" if STANDINS.is_dir() else "auto"),
        "OFFLINE": "1",
        "PROVIDER": "rehearsal",
        "IMAGE_CACHE": str(CACHE),
        # At the time of another commit, every layer of the images would be made anew.
        "SOURCE_DATE_EPOCH": str(source_date_epoch()),
    }
    return environment


def of_run(
    shared: Mapping[str, str], folder: Path, given: Mapping[str, str], *, reads_only: bool
) -> dict[str, str]:
    """Add what one run has for itself; `reads_only` is the token of a fork's run."""
    artifacts, cache = folder / "artifacts", folder / "cache"
    artifacts.mkdir(parents=True)
    return {
        **shared,
        **given,
        "REHEARSAL_ARTIFACTS": str(artifacts),
        "REHEARSAL_TOKEN": "read" if reads_only else "write",
        "XDG_CACHE_HOME": str(cache),
    }


def _go() -> dict[str, str]:
    """Tell Go where it keeps what it fetched and compiled; in an empty home it would begin anew."""
    if shutil.which("go") is None:
        return {}
    command = ["go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, str] = json.loads(told.stdout)
    return found


def link(folder: Path, tree: Path) -> None:
    """Put the environments into a tree; act copies links as they are."""
    for name in VENVS:
        if (folder / name).exists():
            (tree / name).symlink_to(folder / name)


def _link_venvs(folder: Path) -> None:
    """Stand a folder of links in each environment's place.

    Its `.ready` is younger than any copy of the locks, so make does not install anew.
    """
    for name in VENVS:
        venv, linked = ROOT / name, folder / name
        if not (venv / ".ready").exists():
            if name in OPTIONAL:
                continue
            raise MissingError(
                f"{name} is missing: make setup setup-gates setup-release setup-terraform"
            )
        linked.mkdir()
        for entry in venv.iterdir():
            if entry.name != ".ready":
                (linked / entry.name).symlink_to(entry)
        (linked / ".ready").touch()
        os.utime(linked / ".ready", times=(time.time() + DAY_S,) * 2)
