"""The commands behind the Makefile: `python -m recovery COMMAND`."""

import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.layout import LocalError
from recovery import drill, preview, restore, snapshots
from recovery.errors import RecoveryError
from recovery.place import Place
from recovery.replay import SOURCES, Replay
from recovery.selection import KEPT, Moment, Selection, attribute

console = Console(highlight=False)
PROJECT = click.option(
    "--project", envvar="RECOVERY_PROJECT", help="A real one; absent, the local pipeline."
)
YES = click.option("--yes", is_flag=True, help="Do it; without, only tell what would be done.")


class Commands(click.Group):
    """Tells a person what is wrong in one line, without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        # What was leased goes back and what was started ends, however we are ended.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            return super().invoke(ctx)
        except (RecoveryError, LocalError) as exc:
            raise click.ClickException(str(exc)) from exc
        except GoogleAPICallError as exc:
            # Its text may quote rows; its kind says enough.
            reason = f"Google answered {type(exc).__name__}"
            raise click.ClickException(f"{reason}; docs/recovery.md has the grants") from exc
        except GoogleAuthError as exc:
            raise click.ClickException(
                "no credentials: gcloud auth application-default login"
            ) from exc
        except KeyboardInterrupt:
            console.print("interrupted; nothing is lost, and it can be run again")
            sys.exit(130)


@click.group(cls=Commands)
def main() -> None:
    """Bring back what was lost."""


@main.command("replay")
@PROJECT
@YES
@click.option("--source", "sources", multiple=True, type=click.Choice(SOURCES), default=SOURCES)
@click.option("--since", type=Moment(), help="Publish time, inclusive; absent, 31 days ago.")
@click.option("--until", type=Moment(), help="Publish time, exclusive; absent, now.")
@click.option("--reason", "reasons", multiple=True, help="Of the quarantine, or undelivered.")
@click.option("--message-id", "message_ids", multiple=True)
@click.option("--attribute", "attributes", multiple=True, help="NAME or NAME=VALUE; all must fit.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many messages.")
def replay_command(  # noqa: PLR0913 - a filter each
    project: str | None,
    *,
    yes: bool,
    sources: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    reasons: tuple[str, ...],
    message_ids: tuple[str, ...],
    attributes: tuple[str, ...],
    limit: int | None,
) -> None:
    """Send dead letters and quarantined messages again, each once."""
    now = datetime.now(UTC)
    selection = Selection(
        since=since or now - KEPT,
        until=until or now,
        reasons=frozenset(reasons),
        message_ids=frozenset(message_ids),
        attributes=tuple(attribute(text) for text in attributes),
    )
    place = Place.find(project)
    with _progress() as progress:
        task = progress.add_task("looking", total=None)
        found = Replay(
            place, selection, limit=limit, advance=lambda more: progress.advance(task, more)
        ).run(sources)
    console.print(preview.table(found))
    if not found.messages:
        console.print("nothing to send")
        return
    console.print(f"each goes to {place.replay_topic}, under its first message id and publish time")
    if not yes:
        console.print("nothing was sent: --yes sends it")
        return
    with _progress() as progress:
        task = progress.add_task("sending", total=found.messages + found.left.total())
        sent = Replay(
            place,
            selection,
            limit=limit,
            send=True,
            advance=lambda more: progress.advance(task, more),
        ).run(sources)
    console.print(f"{sent.messages} sent; what fails again comes back to where it was")


@main.command("snapshot")
@PROJECT
@click.option("--keep-days", type=click.IntRange(1, 366), default=14, show_default=True)
def snapshot_command(project: str | None, *, keep_days: int) -> None:
    """Take a snapshot of both tables."""
    place = Place.find(project)
    with place.bigquery() as client:
        taken = snapshots.take(client, place, keep_days)
    console.print(f"{taken.stamp}: {', '.join(taken.name(table) for table in snapshots.SCHEMAS)}")


@main.command("restore")
@PROJECT
@YES
@click.option("--snapshot", "stamp", help="Such as 20261201T000000Z; absent, the newest.")
@click.option(
    "--margin-hours",
    type=click.FloatRange(0),
    default=restore.MARGIN / timedelta(hours=1),
    show_default=True,
    help="How long before the snapshot a row that it lacks may have been published.",
)
@click.option(
    "--retention-days",
    type=click.IntRange(1, 31),
    default=restore.RETENTION.days,
    show_default=True,
    help="What retention_days.messages is in Terraform.",
)
@click.option("--settle-seconds", type=click.FloatRange(0), help="Absent, 600 in the cloud.")
@click.option("--accept-gap", is_flag=True, help="Lose what the topic has forgotten.")
def restore_command(  # noqa: PLR0913 - a setting each
    project: str | None,
    *,
    yes: bool,
    stamp: str | None,
    margin_hours: float,
    retention_days: int,
    settle_seconds: float | None,
    accept_gap: bool,
) -> None:
    """Make missing tables anew and have every message delivered again that a snapshot may lack."""
    place = Place.find(project)
    if settle_seconds is None:
        settle_seconds = 0.0 if place.bigquery_emulator else restore.SETTLE_S
    with place.bigquery() as client:
        todo = restore.plan(
            client,
            place,
            stamp=stamp,
            margin=timedelta(hours=margin_hours),
            retention=None if accept_gap else timedelta(days=retention_days),
        )
        tables = ", ".join(todo.tables) or "no table, since all are there"
        console.print(f"from snapshot {todo.snapshot.stamp}: {tables}")
        console.print(f"what was published since {todo.since:%F %T} UTC will be delivered again")
        if not yes:
            console.print("nothing was done: --yes does it")
            return
        restore.carry_out(client, place, todo, settle_s=settle_seconds, report=console.print)
    console.print("next: terraform apply, then replay, which sends the older dead letters")


@main.command("drill")
@click.option("--rows", type=click.IntRange(min=100), default=drill.ROWS, show_default=True)
def drill_command(*, rows: int) -> None:
    """Lose the tables of a local pipeline under load, restore them, and count every row."""
    sys.exit(drill.run(rows, console))


def _progress() -> Progress:
    columns = (SpinnerColumn(), *Progress.get_default_columns()[:2], TextColumn("{task.completed}"))
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


if __name__ == "__main__":
    main(prog_name="recovery")
