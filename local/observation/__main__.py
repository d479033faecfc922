"""`make dashboard` and `make alerts-demo`."""

import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local import control, layout, messaging
from local.layout import ROOT, LocalError
from local.observation import drill, replay, report, verdict
from local.observation.dashboard import Dashboard
from local.observation.faults import FAULTS, Fault
from local.observation.recorder import Recorder
from local.observation.verdict import Judged
from local.processes import uninterrupted
from local.serving import serving
from monitoring import catalogue, rules
from monitoring.promtool import MISSING, PromtoolError, find

console = Console(highlight=False)
UNABLE = 2
PICTURE = drill.FOLDER / "alerts.svg"


@click.group()
def main() -> None:
    """Watch the local pipeline."""
    # What was started has to go, however we are ended. Said for both, since a shell starts what is
    # in the background with SIGINT ignored.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)


@main.command("dashboard")
@click.option(
    "--pubsub", envvar="DEMO_PUBSUB", help="embedded or google, where it is started here."
)
def dashboard(pubsub: str | None) -> None:
    """Show what the running pipeline does, or one that is started for it, until Ctrl-C."""
    exits = ExitStack()
    try:
        show(exits, messaging.choose(pubsub or None))
    except LocalError as exc:
        raise click.ClickException(str(exc)) from exc
    except KeyboardInterrupt:
        console.print("ended")
    finally:
        with uninterrupted():
            exits.close()


def show(exits: ExitStack, pubsub: str) -> None:
    """Serve the page until somebody ends us; what is to be ended then is left to `exits`.

    Raises:
        LocalError: the pipeline could not be started, or ended before us.
    """
    try:
        state = control.running()
    except LocalError:
        with console.status("starting the pipeline"):
            state = control.up(pubsub)
        exits.callback(control.down)
    recorder = exits.enter_context(
        Recorder(layout.FOLDER, state["pubsub_emulator_host"], catalogue.read().logs)
    )
    url = exits.enter_context(serving(Dashboard(recorder).application()))
    console.print(f"{url}/ shows the pipeline; next: make publish, make get; Ctrl-C ends it")
    while control.running():
        time.sleep(1)


@main.command("alerts")
@click.argument("names", nargs=-1, type=click.Choice([fault.name for fault in FAULTS]))
def alerts(names: Sequence[str]) -> None:
    """Break a pipeline in the ways that are named, or in all, and see which alerts fire."""
    try:
        status = run([fault for fault in FAULTS if not names or fault.name in names])
    except (LocalError, PromtoolError) as exc:
        console.print(f"no verdict: {exc}", style="bold red", soft_wrap=True)
        status = UNABLE
    except KeyboardInterrupt:
        console.print("interrupted; nothing is left running")
        status = 130
    sys.exit(status)


def run(faults: Sequence[Fault]) -> int:
    """Record, replay, tell, and once again what went wrong; return the exit status.

    Raises:
        LocalError: the pipeline could not be started, or did not recover.
        PromtoolError: it is missing, or gave no answer.
    """
    started = time.monotonic()
    if find() is None:
        raise PromtoolError(MISSING)
    for old in drill.FOLDER.glob("*.log"):
        old.unlink()
    tries = [attempt(faults)]
    if bad := verdict.wrong(tries[0]):
        # A machine that is too busy is ill for a moment; a rule that is wrong is wrong again.
        console.print(f"once again, as it may have been this machine: {', '.join(bad)}")
        tries.append(attempt([fault for fault in faults if fault.name in bad]))
    every = {rule.alert for rule in rules.read().rules}
    fired = {alert for judged in tries for one in judged for alert in one.firing}
    console.print(f"never fired here: {', '.join(sorted(every - fired)) or 'none'}")
    path = PICTURE.relative_to(ROOT) if PICTURE.is_relative_to(ROOT) else PICTURE
    console.print(f"{time.monotonic() - started:.0f} s in all; the picture is {path}")
    words = "; ".join(verdict.wrong_twice(tries))
    console.print(
        f"FAILED: {words}" if words else "every fault was noticed, and nothing else",
        style="bold red" if words else "bold green",
    )
    return 1 if words else 0


def attempt(faults: Sequence[Fault]) -> Sequence[Judged]:
    """Record and replay once; print the table, and draw the picture in the last one's place."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("start", total=None)

        def tell(words: str) -> None:
            progress.update(task, description=words)

        recording = drill.record(tell, faults)
        tell("replay through the rules")
        judged = verdict.judge(
            recording, lambda series, minutes: replay.firing(rules.PATH, series, minutes)
        )
    console.print(report.table(judged))
    PICTURE.write_bytes(report.picture(recording, judged))
    return judged


if __name__ == "__main__":
    main(prog_name="local.observation")
