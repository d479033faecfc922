"""Starts the rehearsal's provider beside Terraform, and ends it.

Terraform is told where it is, as when a provider is debugged: the lock file is not looked at, since
nothing is installed, and one start serves a hundred runs instead of two for each.

Source: https://developer.hashicorp.com/terraform/plugin/debugging
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal.errors import MissingError, RehearsalError
from rehearsal.facts import Schema
from rehearsal.origin import REPOSITORY

PYTHON = REPOSITORY / os.environ.get("TERRAFORM_VENV", ".venv-terraform") / "bin" / "python"
ADDRESSES = ("registry.terraform.io/hashicorp/google", "registry.opentofu.org/hashicorp/google")
"""What Terraform and OpenTofu take `hashicorp/google` for."""
END_TIMEOUT_S = 10


def find() -> Path:
    """Find the Python that our provider runs on.

    Raises:
        MissingError: it is not installed.
    """
    if not PYTHON.exists():
        raise MissingError("needs the rehearsal's provider: make setup-terraform")
    return PYTHON


@contextmanager
def provider(private: Path, schema: Schema, world: Path | None) -> Iterator[dict[str, str]]:
    """Serve `schema`; gives the environment by which Terraform finds it.

    Args:
        private: a folder that only we may enter: the socket there asks nobody who they are.
        schema: the types that it knows.
        world: the folder that stands for the cloud; None remembers nothing.

    Raises:
        MissingError: it is not installed.
        RehearsalError: it does not start.
    """
    python = str(find())
    described, socket, log = private / "schema.json", private / "s", private / "provider.log"
    described.write_text(json.dumps(schema), "utf-8")
    # -P: no folder but ours has a say in what is imported.
    command = [python, "-P", "-m", "rehearsal.provider", str(described), str(socket)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command + ([str(world)] if world else []),
            env={"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    # Popen's own end closes standard input, which ends it; so does our death.
    with process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise RehearsalError(
                    f"the rehearsal's provider does not start:\n{log.read_text('utf-8')}"
                )
            address = {"Network": "unix", "String": str(socket)}
            plugin = {"Protocol": "grpc", "ProtocolVersion": 6, "Test": True, "Addr": address}
            yield {
                "TF_REATTACH_PROVIDERS": json.dumps(
                    {name: plugin | {"Pid": process.pid} for name in ADDRESSES}
                )
            }
        finally:
            process.terminate()
            process.wait(END_TIMEOUT_S)
