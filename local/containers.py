"""Runs the services in their images, hardened, with no network but links to what they need."""

import json
import secrets
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from images import hardening
from images.engine import Engine, run
from local.layout import ROOT, Ports
from local.processes import Child

LINK = ROOT / "local" / "link.py"
AFTERWARDS = ROOT / "local" / "afterwards.py"
PYTHON = "/usr/bin/python3.13"
NEEDED = ("bigquery", "issuer")
"""What a service connects to on this machine: its database, and the keys that it verifies with."""
COMMAND_TIMEOUT_S = 60


@dataclass
class Containers:
    """Starts services in their images, in the place of processes."""

    engine: Engine
    images: Mapping[str, str]
    """What the engine calls the image of each service, `api` and `function`."""
    flags: list[str] = field(default_factory=hardening.flags)
    detours: Mapping[str, int] = field(default_factory=dict)
    """Ports of this machine that stand in front of what a service needs: `bigquery`, `issuer`."""
    names: dict[str, str] = field(default_factory=dict)
    """The container of each started service."""

    def start(
        self, name: str, env: Mapping[str, str], ports: Ports, folder: Path, exits: ExitStack
    ) -> Child:
        """Start a service's container; `exits` removes it and its links."""
        container = self.names[name] = f"pipeline-{name}-{secrets.token_hex(4)}"
        self._remove_afterwards(name, folder, exits)
        self._link(name, ports, folder, exits)
        variables = [f"--env={key}={value}" for key, value in env.items()]
        network = f"--network=container:{container}-link"
        return self._run(name, container, [network, *variables], [], folder, exits)

    def inside(self, name: str, script: str, *arguments: str) -> str:
        """Run a Python script inside of a running container; return what it printed."""
        command = ["exec", "--interactive", self.names[name], PYTHON, "-", *arguments]
        environment = self.engine.environment
        whole = self.engine.command(*command)
        return run(whole, environment, COMMAND_TIMEOUT_S, stdin=script.encode())

    def _link(self, name: str, ports: Ports, folder: Path, exits: ExitStack) -> None:
        """Join the container's own loopback to this machine's at the ports that are needed.

        A second container of the same image holds the network, which has nothing but a loopback,
        and passes connections on to sockets in a folder; a process of ours is at their other end.
        """
        private = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="links-")))
        sockets = private / "sockets"
        sockets.mkdir()
        sockets.chmod(0o777)  # the container's user writes there; the folder around it is ours
        port = getattr(ports, f"{name}_service")
        inner = [["unix:/links/service", f"tcp:{port}"]]
        outer = [[f"tcp:{port}", f"unix:{sockets}/service"]]
        for need in NEEDED:
            inner.append([f"tcp:{getattr(ports, need)}", f"unix:/links/{need}"])
            port = self.detours.get(need, getattr(ports, need))
            outer.append([f"unix:{sockets}/{need}", f"tcp:{port}"])
        flags = ["--network=none", f"--entrypoint={PYTHON}"]
        flags += [f"--volume={sockets}:/links", f"--volume={LINK}:/link.py:ro"]
        arguments = ["/link.py", json.dumps(inner), "/links/ready"]
        container = f"{self.names[name]}-link"
        child = self._run(f"{name}-link", container, flags, arguments, folder, exits)
        child.wait_until((sockets / "ready").exists)
        command = [sys.executable, str(LINK), json.dumps(outer), f"{private}/ready"]
        host = exits.enter_context(Child(f"{name}-links", command, folder / f"{name}-links.log"))
        host.wait_until((private / "ready").exists)

    def _run(  # noqa: PLR0913, PLR0917 - what there is to say of a container
        self,
        name: str,
        container: str,
        flags: list[str],
        arguments: list[str],
        folder: Path,
        exits: ExitStack,
    ) -> Child:
        image = self.images[name.removesuffix("-link")]
        usual = ["--rm", "--pull=never", f"--name={container}", *self.engine.run_flags]
        command = self.engine.command("run", *usual, *self.flags, *flags, image, *arguments)
        # podman's monitor notes in the working folder when a container ran out of memory.
        child = Child(name, command, folder / f"{name}.log", self.engine.environment, folder)
        exits.callback(child.stop)
        return child

    def _remove_afterwards(self, name: str, folder: Path, exits: ExitStack) -> None:
        """Remove both containers in the end, even if we are killed."""
        # One by one, and the service first: it lives in the other's network.
        names = (self.names[name], f"{self.names[name]}-link")
        removals = [self.engine.command("rm", "--force", each) for each in names]
        command = [sys.executable, str(AFTERWARDS), json.dumps(removals)]
        log_path = folder / f"{name}-afterwards.log"
        log_path.unlink(missing_ok=True)
        child = Child(f"{name}-afterwards", command, log_path, self.engine.environment)
        exits.enter_context(child)
        child.wait_until(lambda: "waiting" in log_path.read_text("utf-8"))
