"""Runs Terraform, or OpenTofu, on a copy of the roots with nothing of the caller's environment."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal import attachment, facts, origin
from rehearsal.errors import RehearsalError
from rehearsal.exclusion import alone
from rehearsal.executable import Program, answer, find, inherited
from rehearsal.origin import REPOSITORY, Kind, Origin

TIMEOUT_S = 600
FOLDERS = ("terraform", "schema", "monitoring", "docs/runbooks")
"""What is copied: the roots, and what they read: the data contract, alerts and their runbooks."""
LEFT_OUT = (".terraform", "*.tfstate*", "*.tfvars", "*.tfvars.json", "__pycache__", "*.py", "*.pyc")
NOT_OPENTOFU_S = (".terraform.lock.hcl", "*.tftest.hcl")
"""It has a registry of its own, and its tests know no `override_during`."""
PLUGINS = REPOSITORY / ".cache" / "terraform" / "plugins"


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
    program = find()
    used = used or origin.find(tofu=program.tofu)
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
    read = (".tf", ".tftest.hcl", ".tftpl", ".json")
    return [path for path in copied(tree) if path.name.endswith(read)]


def copied(tree: Path) -> list[Path]:
    """List the files that a workspace is given of a tree."""
    return sorted(
        path
        for name in FOLDERS
        for path in (tree / name).rglob("*")
        if ".terraform" not in path.parts
        and path.is_file()
        and not any(path.match(pattern) for pattern in LEFT_OUT)
    )


def roots(tree: Path = REPOSITORY) -> list[str]:
    """List the roots: the folders that configure the provider, not the modules that they call."""
    found = [path for path in sources(tree) if path.suffix == ".tf"]
    folders = {path.parent for path in found if 'provider "google"' in path.read_text("utf-8")}
    return sorted(str(folder.relative_to(tree)) for folder in folders)


def check(space: Workspace, root: str) -> None:
    """Refuse what is no root; a path that leads out of the copy would be written to.

    Raises:
        RehearsalError: there is no such root; the text names those that are.
    """
    known = roots(space.folder)
    if root not in known:
        raise RehearsalError(f"there is no root {root}; the roots: {', '.join(known) or 'none'}")


def unformatted(tree: Path = REPOSITORY) -> str:
    """Tell what `terraform fmt` would change; empty if nothing."""
    command = [find().path, "fmt", "-check", "-recursive", "-diff", "-no-color"]
    done = answer(command, tree / "terraform")
    said = (done.stdout + done.stderr).strip()
    return (said or f"it ended with {done.returncode}") if done.returncode else ""


def initialize(space: Workspace, root: str, *arguments: str) -> None:
    """Run `init`; what the lock file does not hold is refused."""
    if space.origin.kind is Kind.REHEARSAL:
        space.do(root, "init", "-no-color", *arguments)
        return
    locked = (space.folder / root / ".terraform.lock.hcl").exists()
    kept = ["-lockfile=readonly"] if locked else []
    # Source: developer.hashicorp.com/terraform/cli/config/config-file, on the plugin cache: it is
    # not safe for several at once.
    with alone(PLUGINS / ".lock"):
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
