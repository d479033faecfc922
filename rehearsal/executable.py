"""The program: Terraform or OpenTofu, which one, how old, and what it gets to see of us."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rehearsal.errors import MissingError, RehearsalError
from toolchain import install as toolchain

OLDEST = (1, 11)
ANSWER_TIMEOUT_S = 30
"""For what needs no provider."""
INHERITED = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True)
class Program:
    """Terraform or OpenTofu, of a version that will do."""

    path: str
    version: str
    tofu: bool = False
    """Whether it is OpenTofu."""

    def __str__(self) -> str:
        """Say which it is."""
        return f"{'OpenTofu' if self.tofu else 'Terraform'} {self.version}"


def find() -> Program:
    """Find the program that `TERRAFORM` names, or `terraform`; `tofu` may be an installed pin.

    Raises:
        MissingError: it is not there.
        RehearsalError: it is too old.
    """
    wanted = os.environ.get("TERRAFORM") or "terraform"
    path: str | Path | None = shutil.which(wanted)
    if path is None and wanted in toolchain.pins():
        path = toolchain.find(wanted)
    if path is None:
        raise MissingError(
            f"needs {wanted}: install Terraform 1.11 or later, or name one with TERRAFORM="
        )
    # Commands run in other folders than the one that a path may be relative to.
    return look_at(os.path.abspath(path))  # noqa: PTH100 - links stay: a shim looks at its own name


def inherited(home: Path) -> dict[str, str]:
    """Take what Terraform needs of our environment, and no variable, argument or credential.

    Args:
        home: a folder in a person's home's place, which may hold credentials too.
    """
    names = INHERITED + PROXIES + tuple(name.lower() for name in PROXIES)
    taken = {name: os.environ[name] for name in names if name in os.environ}
    # Terraform spends a third of its time on collecting garbage, if it is let.
    ours = {"CHECKPOINT_DISABLE": "1", "TF_INPUT": "0", "TF_IN_AUTOMATION": "1", "GOGC": "400"}
    return taken | ours | {"HOME": str(home), "TF_CLI_CONFIG_FILE": os.devnull}


@cache
def look_at(path: str) -> Program:
    """Ask a program for its version."""
    done = answer([path, "version", "-json"])
    try:
        told = json.loads(done.stdout)
        version = str(told["terraform_version"])
        tofu = "terraform_outdated" not in told
    except (ValueError, KeyError, TypeError):
        raise RehearsalError(f"{path} does not tell a version as Terraform does") from None
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST:
        raise RehearsalError(f"{path} is version {version}: 1.11 or later is needed")
    return Program(path, version, tofu)


def answer(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run what needs no provider.

    Raises:
        RehearsalError: it cannot be run, or takes too long.
    """
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env=inherited(Path(os.devnull)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWER_TIMEOUT_S,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        raise RehearsalError(f"{command[0]} {command[1]} does not run: {exc}") from None
