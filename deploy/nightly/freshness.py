"""How old a look may be that another job judges by; no I/O.

GitHub's "Re-run failed jobs" hands over what the first attempt saw, however long ago that was: an
issue would be closed, or opened again, by what was true then.
"""

from datetime import UTC, datetime, timedelta

from deploy.nightly.errors import NotSeenError

MOST = timedelta(hours=2)
AHEAD = timedelta(minutes=5)
"""Two machines' clocks differ."""


def written(now: datetime) -> str:
    """Write when something was looked at."""
    return now.astimezone(UTC).isoformat(timespec="seconds")


def check(raw_seen_at: str, now: datetime) -> None:
    """Refuse what was seen too long ago.

    Raises:
        NotSeenError: it was, or nobody knows when.
    """
    try:
        age = now - datetime.fromisoformat(raw_seen_at)
    except (ValueError, TypeError):
        raise NotSeenError("when it was looked at was not handed over") from None
    if not -AHEAD <= age <= MOST:
        raise NotSeenError("it was looked at too long ago: re-run all jobs, not the failed ones")
