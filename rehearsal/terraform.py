"""Terraform, or OpenTofu, run on a copy of the roots with nothing of the caller's environment."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from rehearsal import attachment, facts, origin
from rehearsal.errors import MissingError, RehearsalError
from rehearsal.origin import REPOSITORY, Kind, Origin
from toolchain import install as toolchain

OLDEST = (1, 11)
TIMEOUT_S = 600
FOLDERS = ("terraform", "schema")
"""What is copied: the roots, and the data contract that one of them reads."""
LEFT_OUT = (".terraform", "*.tfstate*", "*.tfvars", "*.tfvars.json")
NOT_OPENTOFU_S = (".terraform.lock.hcl", "*.tftest.hcl")
"""It has a registry of its own, and its tests know no `override_during`."""
INHERITED = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
PLUGINS = REPOSITORY / ".cache" / "terraform" / "plugins"


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
    return look_at(str(path))


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
    done = subprocess.run(
        [path, "version", "-json"],
        capture_output=True,
        text=True,
        check=False,
        env=inherited(Path(os.devnull)),
    )
    try:
        told = json.loads(done.stdout)
        version: str = told["terraform_version"]
        tofu = "terraform_outdated" not in told
    except (ValueError, KeyError, TypeError):
        raise RehearsalError(f"{path} does not tell a version as Terraform does") from None
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST:
        raise RehearsalError(f"{path} is version {version}: 1.11 or later is needed")
    return Program(path, version, tofu)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A copy of the roots where Terraform may write."""

    program: Program
    origin: Origin
    folder: Path
    environment: dict[str, str] = field(repr=False)

    def run(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a root of the copy.

        Raises:
            RehearsalError: it takes too long.
        """
        try:
            return subprocess.run(
                [self.program.path, *arguments],
                cwd=self.folder / root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise RehearsalError(
                f"{root}: terraform {arguments[0]} took longer than {TIMEOUT_S} s"
            ) from None

    def do(self, root: str, *arguments: str) -> str:
        """Run a command that must succeed.

        Raises:
            RehearsalError: it did not; the text is what it said.
        """
        done = self.run(root, *arguments)
        if done.returncode:
            said = (done.stderr + done.stdout).strip()
            raise RehearsalError(f"{root}: terraform {arguments[0]} failed:\n{said}")
        return done.stdout


@contextmanager
def workspace(
    tree: Path = REPOSITORY, used: Origin | None = None, world: Path | None = None
) -> Iterator[Workspace]:
    """Copy the roots of `tree`; `world` is the folder that stands for the cloud in a rehearsal."""
    program, used = find(), used or origin.find()
    with tempfile.TemporaryDirectory(prefix="tf-") as name, ExitStack() as stack:
        private = Path(name)
        folder, configuration = private / "tree", private / "cli.tfrc"
        without = shutil.ignore_patterns(*LEFT_OUT, *(NOT_OPENTOFU_S if program.tofu else ()))
        for part in FOLDERS:
            if (tree / part).is_dir():
                shutil.copytree(tree / part, folder / part, ignore=without, symlinks=True)
        configuration.write_text(used.configuration(), "utf-8")
        given = inherited(private) | {"TF_CLI_CONFIG_FILE": str(configuration)}
        if used.kind is Kind.REHEARSAL:
            schema = facts.named_in(sources(folder))
            given |= stack.enter_context(attachment.provider(private, schema, world))
        else:
            PLUGINS.mkdir(parents=True, exist_ok=True)
            given["TF_PLUGIN_CACHE_DIR"] = str(PLUGINS)
        yield Workspace(program, used, folder, given)


def sources(tree: Path) -> list[Path]:
    """List what Terraform reads in a tree, and what its files read."""
    patterns = ("*.tf", "*.tftest.hcl", "*.tftpl", "*.json")
    return sorted(
        path
        for name in FOLDERS
        for pattern in patterns
        for path in (tree / name).rglob(pattern)
        if ".terraform" not in path.parts and path.is_file()
    )


def roots(tree: Path = REPOSITORY) -> list[str]:
    """List the roots: the folders that configure the provider, not the modules that they call."""
    found = [path for path in sources(tree) if path.suffix == ".tf"]
    folders = {path.parent for path in found if 'provider "google"' in path.read_text("utf-8")}
    return sorted(str(folder.relative_to(tree)) for folder in folders)


def unformatted(tree: Path = REPOSITORY) -> str:
    """Tell what `terraform fmt` would change; empty if nothing."""
    command = [find().path, "fmt", "-check", "-recursive", "-diff", "-no-color"]
    done = subprocess.run(
        command,
        cwd=tree / "terraform",
        env=inherited(Path(os.devnull)),
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def initialize(space: Workspace, root: str, *arguments: str) -> None:
    """Run `init`; what the lock file does not hold is refused."""
    locked = (space.folder / root / ".terraform.lock.hcl").exists()
    real = space.origin.kind is not Kind.REHEARSAL
    kept = ["-lockfile=readonly"] if locked and real else []
    space.do(root, "init", "-no-color", *arguments, *kept)


def diagnostics(records: list[dict[str, Any]]) -> list[str]:
    """Read Terraform's complaints out of its JSON: `file:line: summary: detail`."""
    found = []
    for record in records:
        place = record.get("range") or {}
        at = f"{place['filename']}:{place['start']['line']}: " if place else ""
        detail = " ".join(record.get("detail", "").split())
        found.append(f"{record['severity']}: {at}{record['summary']}: {detail}".rstrip(": "))
    return found
