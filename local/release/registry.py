"""An image registry on loopback: Debian's docker-registry with its storage in a folder."""

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self

import requests

from local.layout import ROOT, LocalError, free_ports
from local.processes import Child

TOOLBOX = ROOT / ".cache" / "toolbox"
"""Where `toolchain/toolbox.sh` puts the container tools."""


def tool(name: str) -> Path:
    """Find a program of the toolbox.

    Raises:
        LocalError: it was not made.
    """
    path = TOOLBOX / "bin" / name
    if not path.exists():
        raise LocalError(f"{name} is missing: run toolchain/toolbox.sh {TOOLBOX.relative_to(ROOT)}")
    return path


class Registry(AbstractContextManager["Registry"]):
    """The running registry; tags can be moved in it, as in most, so nobody may rely on them."""

    def __init__(self, folder: Path) -> None:
        """Keep images and the log in `folder`."""
        self._folder = folder
        self._exits = ExitStack()
        self.address = ""
        """`host:port`, as references begin with it."""

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_ports(1)[0]}"
        config = self._folder / "registry.yaml"
        config.write_text(
            f"version: 0.1\nlog: {{level: warn}}\nhttp: {{addr: '{self.address}'}}\n"
            f"storage: {{filesystem: {{rootdirectory: '{self._folder}/storage'}}}}\n",
            "utf-8",
        )
        command = [str(tool("docker-registry")), "serve", str(config)]
        child = Child("registry", command, self._folder / "registry.log")
        self._exits.enter_context(child)
        child.wait_until(self._answers)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://{self.address}/v2/", timeout=2).ok
        except requests.RequestException:
            return False
