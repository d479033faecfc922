"""What a replay found, as a table for a person; it shows no payload."""

from datetime import datetime

from rich.table import Table

from recovery.replay import Tally


def table(found: Tally) -> Table:
    """Show what would be sent, and why the rest stays where it is."""
    shown = Table(title="What waits", title_justify="left")
    shown.add_column("reason")
    for column in ("messages", "without event_id", "bytes"):
        shown.add_column(column, justify="right")
    shown.add_column("published, UTC")
    for reason, group in sorted(found.chosen.items()):
        numbers = (group.messages, group.without_event_id, group.size_bytes)
        span = f"{_moment(group.oldest)} to {_moment(group.newest)}"
        shown.add_row(reason, *(str(number) for number in numbers), span)
    for reason, count in sorted(found.left.items()):
        shown.add_row(f"stays: {reason}", str(count), style="dim")
    return shown


def _moment(moment: datetime | None) -> str:
    return f"{moment:%F %T}" if moment else ""
