"""`python -m local.release`: one release on this machine."""

import os
import signal
import sys

import click
from rich.console import Console

from deploy.admission import SkopeoError
from deploy.cosign import CosignError
from deploy.documents import UnreadableError
from deploy.google import GoogleError
from deploy.reference import RefusedError
from gates.trivy.report import GateError
from images.layout import ImageError
from images.oci import LayoutError
from local import messaging
from local.layout import LocalError
from local.release.publication import release
from toolchain.install import ToolError

FAILURES = (
    CosignError,
    GateError,
    GoogleError,
    ImageError,
    LayoutError,
    LocalError,
    RefusedError,
    SkopeoError,
    ToolError,
    UnreadableError,
)


@click.command()
def main() -> None:
    """Build, scan, sign, verify, attest, deploy and demonstrate."""
    console = Console(highlight=False, soft_wrap=True)
    # A key of this run lies in a folder that must go, however the run ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        pubsub = messaging.choose(os.environ.get("DEMO_PUBSUB") or None)
        sys.exit(release(pubsub, console))
    except FAILURES as exc:
        raise click.ClickException(str(exc)) from exc


if __name__ == "__main__":
    main()
