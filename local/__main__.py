"""The commands behind the Makefile: `python -m local COMMAND`."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import click
import requests
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from images.layout import ImageError
from images.oci import LayoutError
from local import control, demo, exercise, hardened, layout, messaging, publish, recording
from local.caller import bearer, mint
from local.containers import Containers
from local.layout import LocalError

console = Console(highlight=False)


class Commands(click.Group):
    """Tells a person what is missing or in the way in one line, without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        # What was started and written has to go, however we are ended.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            return super().invoke(ctx)
        except (ImageError, LayoutError, LocalError, requests.RequestException) as exc:
            raise click.ClickException(str(exc)) from exc
        except KeyboardInterrupt:
            console.print("interrupted; nothing is left running")
            sys.exit(130)


@click.group(cls=Commands)
def main() -> None:
    """Run the whole pipeline on this machine."""


def _pubsub() -> str:
    return messaging.choose(os.environ.get("DEMO_PUBSUB") or None)


def _containers() -> Containers | None:
    """Take the built images where DEMO_SERVICES says so, else None for processes."""
    wanted = os.environ.get("DEMO_SERVICES") or "processes"
    if wanted not in {"processes", "containers"}:
        raise LocalError(f"DEMO_SERVICES is {wanted!r}: it must be processes or containers")
    return hardened.built_containers() if wanted == "containers" else None


@main.command("demo")
def demo_command() -> None:
    """Publish, ingest, read back, compare; show what is refused."""
    sys.exit(demo.run(_pubsub(), console, _containers()))


@main.command("harden")
def harden_command() -> None:
    """Run the demo in the hardened images, and try from inside what they must refuse."""
    containers = hardened.built_containers()
    status = demo.run(_pubsub(), console, containers)
    faults = hardened.prove(containers, _pubsub(), console)
    sys.exit(1 if status or faults else 0)


@main.command("record")
def record_command() -> None:
    """Print every API call of the pipeline, by identity: what access/recorded.json holds."""
    click.echo(recording.render(exercise.record()), nl=False)


@main.command("run")
def run_command() -> None:
    """Run the pipeline in the foreground."""
    control.run(_pubsub())


@main.command("up")
def up_command() -> None:
    """Start the pipeline in the background."""
    with console.status("starting"):
        state = control.up(_pubsub())
    console.print(f"API at {state['api']}, Pub/Sub ({state['pubsub']}) at ", end="")
    console.print(f"{state['pubsub_emulator_host']}; next: make publish, make get, make down")


@main.command("down")
def down_command() -> None:
    """End the pipeline."""
    console.print("ended" if control.down() else "it did not run")


@main.command("status")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status_command(*, as_json: bool) -> None:
    """Tell where everything is and whether it answers."""
    state = control.status()
    if as_json:
        click.echo(json.dumps(state, indent=2))
    else:
        table = Table(show_header=False)
        for name, value in state.items():
            table.add_row(name, str(value))
        console.print(table)
    sys.exit(0 if all(state["health"].values()) else 1)


@main.command("logs")
def logs_command() -> None:
    """Follow the services' logs."""
    control.running()
    paths = [str(layout.FOLDER / f"{name}.log") for name in ("api", "function")]
    subprocess.run(["tail", "-n", "20", "-F", *paths], check=False)


@main.command("publish")
@click.argument("data", required=False, envvar="PUBLISH_DATA")
@click.option(
    "--file",
    "path",
    type=click.File("r", "utf-8", errors="surrogateescape"),
    envvar="PUBLISH_FILE",
    help="One JSON object a line; - is standard input.",
)
@click.option(
    "--topic",
    envvar="PUBLISH_TOPIC",
    help="A real topic, projects/P/topics/T, with your own credentials.",
)
@click.option("--unchecked", is_flag=True, help="Also publish what will be quarantined.")
def publish_command(data: str | None, path: Any, topic: str | None, *, unchecked: bool) -> None:
    """Publish one record, or one a line from a file or from standard input."""
    lines = [data] if data else (path or sys.stdin)
    messages = publish.read(lines, unchecked=unchecked)
    host = None if topic else control.running()["pubsub_emulator_host"]
    with publish.connect(host) as client, Progress(console=Console(stderr=True)) as progress:
        ids = publish.publish(client, topic or layout.TOPIC, messages, progress)
    click.echo(f"{len(ids)} published; the last message id is {ids[-1]}")


@main.command("token")
@click.option("--email", default=layout.READER, show_default=True, envvar="TOKEN_EMAIL")
@click.option("--audience", default=layout.API_AUDIENCE, show_default=True, envvar="TOKEN_AUDIENCE")
def token_command(email: str, audience: str) -> None:
    """Print an ID token of the local issuer, and nothing else."""
    click.echo(mint(control.running()["issuer"], email, audience))


@main.command("get")
@click.argument("query", default="", envvar="GET_QUERY")
def get_command(query: str) -> None:
    """Read GET /data, with a query string such as limit=5&name=x."""
    state = control.running()
    token = mint(state["issuer"], layout.READER, layout.API_AUDIENCE)
    answer = requests.get(f"{state['api']}/data?{query}", headers=bearer(token), timeout=15)
    click.echo(answer.text.rstrip("\n"))
    if link := answer.headers.get("Link"):
        click.echo(f"next: {link}", err=True)
    sys.exit(0 if answer.ok else 1)


if __name__ == "__main__":
    main(prog_name="local")
