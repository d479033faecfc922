"""Tables from a snapshot, and every message that the snapshot may lack delivered again.

A row can be in no snapshot although its message is acknowledged: BigQuery copies nothing out of its
streaming buffer. So both subscriptions that feed the function go back to a moment well before the
snapshot, and what the topics retain comes again, with its own ids and times: readers see each once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import bigquery

from recovery import snapshots
from recovery.dead_letters import DeadLetters
from recovery.errors import RecoveryError
from recovery.letter import moment_of, source_of
from recovery.place import Place
from recovery.snapshots import Snapshot

MARGIN = timedelta(hours=6)
"""How long before the snapshot a row that it lacks may have been published: 90 minutes in the
streaming buffer, after 2 h 20 min of attempts (20, from 10 s doubling up to 600 s); rounded up.

Source: https://cloud.google.com/bigquery/docs/data-manipulation-language, "Limitations"
"""
RETENTION = timedelta(days=7)
"""How long the topics keep messages: Terraform's `retention_days.messages`."""
SETTLE_S = 600.0
"""Rows may vanish for so long that are sent to a table of a name that was deleted shortly before.

Source: https://github.com/googleapis/google-cloud-go/issues/975
"""
ROUNDS = 3
CLOCKS = timedelta(seconds=1)
"""How far this machine's clock may be from Google's."""
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a restore will do."""

    snapshot: Snapshot
    tables: list[str]
    """Those that are missing; the others stay as they are."""
    since: datetime
    """What was published from here on is delivered again."""


def plan(
    client: bigquery.Client,
    place: Place,
    *,
    stamp: str | None = None,
    margin: timedelta = MARGIN,
    retention: timedelta | None = RETENTION,
) -> Plan:
    """Choose a snapshot, the newest unless a `stamp` names one.

    Raises:
        RecoveryError: there is none, it does not fit, or the topic has forgotten messages that it
            may lack; without a `retention` that is accepted.
    """
    found = snapshots.find(client, place)
    chosen = [snapshot for snapshot in found if stamp in (None, snapshot.stamp)]
    if not chosen:
        known = ", ".join(snapshot.stamp for snapshot in found[:5]) or "none"
        raise RecoveryError(
            f"no such snapshot of {place.project}.{place.dataset}; there are: {known}"
        )
    snapshots.check(client, place, chosen[0])
    since = chosen[0].taken - margin
    if retention and since < datetime.now(UTC) - retention:
        raise RecoveryError(
            f"the snapshot may lack what was published since {since:%F %T} UTC; the topic keeps "
            f"no more than {retention.days} days: take a newer one, or lose it with --accept-gap"
        )
    return Plan(snapshot=chosen[0], tables=snapshots.missing(client, place), since=since)


def carry_out(
    client: bigquery.Client, place: Place, todo: Plan, *, settle_s: float, report: Report
) -> None:
    """Restore, and go back at once and again after `settle_s`; may be run again after it died.

    Raises:
        GoogleAPICallError: BigQuery or Pub/Sub refused.
    """
    for table in todo.tables:
        rows = snapshots.restore(client, place, todo.snapshot, table)
        report(f"{table} has the snapshot's {rows} rows")
    uncertain = go_back(place, todo.since)
    report(f"what was published since {todo.since:%F %T} UTC is being delivered again")
    if settle_s and todo.tables:
        report(f"waiting {settle_s:.0f} s: until then BigQuery may lose rows of a new table")
        time.sleep(settle_s)
        uncertain = go_back(place, todo.since)
        report("delivered again once more, for what was lost meanwhile")
    if uncertain:
        report(f"{uncertain} messages go on dying: look at the function's log before a replay")


def go_back(place: Place, since: datetime) -> int:
    """Have everything delivered again that was published from `since` on.

    Dead letters of what is delivered again are done with: sent again too, under ids of their own,
    they would double. That is certain of those that had died before the subscriptions went back,
    so where some died at about that time, they go back once more.

    Returns:
        How many dead letters were still uncertain after the last time.
    """
    with place.subscriber() as client:
        for _ in range(ROUNDS):
            before = datetime.now(UTC) - CLOCKS
            for subscription in (place.subscription, place.replay_subscription):
                client.seek(request={"subscription": subscription, "time": since})
            after = datetime.now(UTC) + CLOCKS
            uncertain = 0
            with DeadLetters(client, place.dead_letters, after) as letters:
                for batch in letters.batches():
                    again = [each for each in batch if _comes_again(each, place, since)]
                    certain = [each for each in again if each.publish_time < before]
                    letters.acknowledge(certain)
                    uncertain += len(again) - len(certain)
            if not uncertain:
                break
    return uncertain


def _comes_again(message: Any, place: Place, since: datetime) -> bool:
    known = source_of(message) in (place.subscription, place.replay_subscription)
    published = moment_of(message)
    return known and published is not None and published >= since
