"""Builds and runs images with what the machine has: Docker, or else buildah and podman."""

import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from images.layout import ROOT, STORAGE, ImageError, built, source_date_epoch

BUILD_TIMEOUT_S = 900
PULL_TIMEOUT_S = 300
ENOUGH = 20_000
"""Open files and processes of a container, where the machine allows more."""
SCRIPT = "toolchain/debian-packages.sh"


class Engine(Protocol):
    """What the rest needs of a container engine."""

    def pull(self, reference: str) -> bool:
        """Fetch an image; tell whether a registry gave it."""

    def make_base(self, name: str, folder: Path) -> str:
        """Build a base image out of a folder's Containerfile; return how a build refers to it."""

    def build(  # noqa: PLR0913 - by name, with defaults
        self,
        target: str,
        bases: Mapping[str, str],
        *,
        context: Path = ROOT,
        file: str = "Dockerfile",
        output: Path | None = None,
        fresh: bool = False,
    ) -> Path:
        """Build a target of a Dockerfile; return the folder with its OCI layout.

        `bases` replaces base images, by reference, with local ones. `fresh` uses nothing that an
        earlier build left.
        """

    def load(self, folder: Path) -> str:
        """Make an OCI layout's image known to the engine; return how to refer to it."""

    def command(self, *arguments: str) -> list[str]:
        """Write an engine's command."""

    environment: dict[str, str]
    """What its commands need in their environment."""
    run_flags: list[str]
    """What a container of this engine needs to get no more than one of the other."""


def choose() -> Engine:
    """Take Docker if its engine answers, else buildah and podman; IMAGE_ENGINE decides otherwise.

    Raises:
        ImageError: there is neither.
    """
    wanted = os.environ.get("IMAGE_ENGINE", "")
    if wanted not in {"", "docker", "podman"}:
        raise ImageError(f"IMAGE_ENGINE is {wanted!r}: it must be docker or podman")
    if wanted != "podman" and _docker_answers():
        return Docker()
    if wanted != "docker" and shutil.which("buildah") and shutil.which("podman"):
        return Podman()
    raise ImageError(f"no container engine: start Docker, or on Debian run {SCRIPT}")


def _docker_answers() -> bool:
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def run(
    command: list[str],
    env: Mapping[str, str],
    timeout_s: float,
    *,
    stdin: bytes | None = None,
    folder: Path = ROOT,
) -> str:
    """Run a command to its end; return what it printed.

    Raises:
        ImageError: it failed; with its last words.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **env},
            input=stdin,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError as exc:
        if exc.filename != command[0]:
            raise ImageError(f"{command[0]} has no folder to run in: {folder}") from None
        raise ImageError(f"{command[0]} is missing: on Debian run {SCRIPT}") from None
    except OSError as exc:
        raise ImageError(f"{command[0]} cannot be run: {exc.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ImageError(f"{' '.join(command[:3])} took longer than {timeout_s:.0f} s") from None
    if done.returncode:
        words = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        last = "\n  ".join(words[-8:]) or "no reason given"
        raise ImageError(f"{' '.join(command[:3])} failed ({done.returncode}):\n  {last}")
    return done.stdout.decode("utf-8", "replace")


class Docker:
    """Docker with buildx. A builder of its own, since the default one cannot write OCI layouts."""

    BUILDER = "hardened-pipeline"

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self.run_flags: list[str] = []

    def command(self, *arguments: str) -> list[str]:
        """Write a docker command."""
        return ["docker", *arguments]

    def pull(self, reference: str) -> bool:
        """See that the registry has it; buildx fetches it itself."""
        try:
            run(["docker", "manifest", "inspect", reference], {}, PULL_TIMEOUT_S)
        except ImageError:
            return False
        return True

    def make_base(self, name: str, folder: Path) -> str:
        """Refuse: buildx needs a registry for its own parts too."""
        raise ImageError(f"{name}: stand-in bases ({folder.name}) need buildah: run {SCRIPT}")

    def build(  # noqa: PLR0913 - by name, with defaults
        self,
        target: str,
        bases: Mapping[str, str],
        *,
        context: Path = ROOT,
        file: str = "Dockerfile",
        output: Path | None = None,
        fresh: bool = False,
    ) -> Path:
        """Build a target into an OCI layout."""
        output = output or built(target)
        shutil.rmtree(output, ignore_errors=True)  # an image that is there would be added to
        output.parent.mkdir(parents=True, exist_ok=True)
        known = subprocess.run(
            ["docker", "buildx", "inspect", self.BUILDER], capture_output=True, check=False
        )
        if known.returncode:
            create = ["docker", "buildx", "create", "--driver=docker-container"]
            run([*create, f"--name={self.BUILDER}"], {}, PULL_TIMEOUT_S)
        epoch = source_date_epoch(context)
        command = [
            *("docker", "buildx", "build", f"--builder={self.BUILDER}", f"--target={target}"),
            # Attestations of buildx's own would make an index out of the one image that is signed.
            *("--provenance=false", "--sbom=false", f"--file={context / file}"),
            f"--build-arg=SOURCE_DATE_EPOCH={epoch}",
            *(["--no-cache"] if fresh else []),
            *(f"--build-context={name}={image}" for name, image in bases.items()),
            f"--output=type=oci,tar=false,dest={output},rewrite-timestamp=true",
            str(context),
        ]
        run(command, {}, BUILD_TIMEOUT_S)
        return output

    def load(self, folder: Path) -> str:
        """Load an OCI layout, as the archive that docker wants."""
        with tempfile.TemporaryDirectory() as private:
            archive = shutil.make_archive(f"{private}/image", "tar", folder)
            words = run(["docker", "load", "--input", archive], {}, PULL_TIMEOUT_S)
        return words.strip().rpartition(" ")[2]


class Podman:
    """buildah and podman with storage and configuration of the project's own."""

    def __init__(self, storage: Path = STORAGE) -> None:
        """Write the configuration that this machine needs."""
        storage.mkdir(parents=True, exist_ok=True)
        self._storage = storage
        self.environment = {
            "CONTAINERS_CONF": str(storage / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(storage / "storage.conf"),
        }
        # podman would put writable file systems over /run and /var/tmp.
        self.run_flags = ["--read-only-tmpfs=false"]
        hard = {
            "nofile": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
            "nproc": resource.getrlimit(resource.RLIMIT_NPROC)[1],
        }
        limits = [
            f"{name}={value}:{value}"
            for name, most in hard.items()
            for value in [ENOUGH if most == resource.RLIM_INFINITY else min(most, ENOUGH)]
        ]
        # podman asks for more open files than a container around it may have been given, and runc
        # works where control groups are mixed. Without systemd nobody else keeps the groups.
        engine = {"events_logger": "file", "runtime": "runc" if shutil.which("runc") else "crun"}
        if not Path("/run/systemd/system").exists():
            engine["cgroup_manager"] = "cgroupfs"
        (storage / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n[engine]\n"
            + "".join(f"{name} = {json.dumps(value)}\n" for name, value in engine.items()),
            "utf-8",
        )
        (storage / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{storage}/graph"\n'
            f'runroot = "{storage}/run"\n',
            "utf-8",
        )

    def command(self, *arguments: str) -> list[str]:
        """Write a podman command."""
        return ["podman", *arguments]

    def pull(self, reference: str) -> bool:
        """Fetch an image, unless it is here."""
        try:
            self._run("buildah", "pull", "--quiet", "--policy=missing", reference)
        except ImageError:
            return False
        return True

    def make_base(self, name: str, folder: Path) -> str:
        """Build a base image from a folder with a Containerfile."""
        tag = f"localhost/{name}"
        command = ["buildah", "bud", "--isolation=chroot", "--format=oci", "--layers"]
        self._run(*command, "--timestamp=0", f"--tag={tag}", str(folder))
        return f"container-image://{tag}"

    def build(  # noqa: PLR0913 - by name, with defaults
        self,
        target: str,
        bases: Mapping[str, str],
        *,
        context: Path = ROOT,
        file: str = "Dockerfile",
        output: Path | None = None,
        fresh: bool = False,
    ) -> Path:
        """Build a target into an OCI layout."""
        output = output or built(target)
        shutil.rmtree(output, ignore_errors=True)  # an image that is there would be added to
        output.parent.mkdir(parents=True, exist_ok=True)
        tag = f"localhost/{re.sub('[^a-z0-9]+', '-', context.name.lower())}-{target}:built"
        command = [
            *("buildah", "bud", "--isolation=chroot", "--format=oci", "--layers"),
            f"--timestamp={source_date_epoch(context)}",
            *(["--no-cache"] if fresh else []),
            *(f"--build-context={name}={image}" for name, image in bases.items()),
            # pip in the builder reaches packages the way this machine's does; nothing of it stays.
            *(f"--volume={path}:{path}:ro" for path in _pip_settings() if Path(path).exists()),
            f"--file={context / file}",
            f"--target={target}",
            f"--tag={tag}",
            str(context),
        ]
        self._run(*command)
        self._run("buildah", "push", "--quiet", tag, f"oci:{output}")
        return output

    def load(self, folder: Path) -> str:
        """Load an OCI layout."""
        # From beside it, since podman makes the image's name out of the whole path.
        command = ["podman", "pull", "--quiet", f"oci:{folder.name}"]
        return run(command, self.environment, PULL_TIMEOUT_S, folder=folder.parent).strip()

    def _run(self, *command: str) -> str:
        return run(list(command), self.environment, BUILD_TIMEOUT_S)


def _pip_settings() -> list[str]:
    found = [*os.environ.get("PIP_FIND_LINKS", "").split(), os.environ.get("PIP_CONFIG_FILE", "")]
    paths = [path for path in found if path.startswith("/")]
    return ["/etc/ssl/certs", "/etc/pip.conf", *paths]
