"""A restore of the local pipeline under load: what is lost (RPO), and for how long (RTO)."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.cloud import bigquery
from rich.console import Console
from rich.table import Table

from local import layout, records
from local.demo import Findings, acknowledged
from local.layout import LocalError
from local.stack import answers
from recovery import restore, snapshots, stage
from recovery.load import Live, Load, read_back, until
from recovery.replay import Replay
from recovery.selection import KEPT, Selection
from recovery.stage import Stage

ROWS = 20_000
"""A day's data. All of it is younger than the snapshot: the loss comes just before the next one."""
EARLIER_ROWS = 500
"""What is old enough to come from the snapshot alone."""
RTO_S = 15 * 60
OLD_DEAD = 20
"""Dead letters of before the snapshot, which only a replay brings back."""
BUFFER = timedelta(seconds=3)
"""How long a row stays out of snapshots here; up to 90 minutes in BigQuery."""
LIVE_S = 8.0
PATIENCE_S = 900.0


def run(rows: int, console: Console) -> int:
    """Run it; return the exit status, 1 if a row is lost, doubled or changed, or a target missed.

    Raises:
        LocalError: the stack could not be started, or stood still.
    """
    with (
        tempfile.TemporaryDirectory(prefix="drill-") as folder,
        Stage(Path(folder)) as on,
        on.place.bigquery() as client,
    ):
        found = Drill(on, client, console).run(rows)
    table = Table(title="The drill (embedded Pub/Sub, BigQuery emulator)", title_justify="left")
    table.add_column("what")
    table.add_column("found", justify="right")
    for what, value in found.facts:
        table.add_row(what, value, style="red" if what in found.faults else None)
    console.print(table)
    verdict = f"FAILED: {', '.join(found.faults)}" if found.faults else "nothing was lost"
    console.print(verdict, style="bold red" if found.faults else "bold green")
    return 1 if found.faults else 0


class Drill:
    """One run, step by step."""

    def __init__(self, on: Stage, client: bigquery.Client, console: Console) -> None:
        self._on = on
        self._client = client
        self._load = Load(on.place)
        self._say = console.print
        self._found = Findings()

    def run(self, rows: int) -> Findings:
        """Load, snapshot, lose, restore, replay, compare."""
        self._load.publish_poison()
        self._publish(EARLIER_ROWS)
        self._await(lambda: self._count("message_id", layout.QUARANTINE_TABLE), len(records.POISON))
        died = self._let_some_die()
        since = datetime.now(UTC)
        with Live(self._load) as live:
            time.sleep(LIVE_S)
            taken = self._snapshot()
            self._publish(rows)
            lost_at = time.monotonic()
            self._lose(died)
            began = datetime.now(UTC)
            # Longer before the snapshot than any message is under way.
            self._restore(margin=taken - since)
        if live.fault:
            raise LocalError(f"publishing failed: {type(live.fault).__name__}")
        self._await(self._rows, len(self._load.acknowledged))
        self._compare()
        self._targets(time.monotonic() - lost_at, began)
        return self._found

    def _let_some_die(self) -> int:
        function = self._on.stack.children["function"]
        function.stop()
        sent = self._load.publish(OLD_DEAD)
        self._say(f"{sent} messages find no function, and die of it")
        died = self._await_deaths(sent)
        self._on.stack.start_function()
        ready = f"{self._on.stack.ports.url('function_service')}/health/ready"
        self._on.stack.children["function"].wait_until(lambda: answers(ready))
        self._found.expect("dead letters of before the snapshot", found=died, wanted=sent)
        return died

    def _publish(self, rows: int) -> None:
        began, before = time.monotonic(), self._rows()
        self._load.publish(rows)
        self._await(self._rows, before + rows)
        self._say(f"{rows} rows are loaded in {time.monotonic() - began:.0f} s")

    def _snapshot(self) -> datetime:
        taken = snapshots.take(self._client, self._on.place, keep_days=1)
        lacking = stage.leave_out_buffer(self._client, self._on.place, taken, BUFFER)
        self._say(f"snapshot {taken.stamp}, without {lacking} rows of the streaming buffer")
        self._note("rows that were written and in no snapshot", lacking)
        return taken.taken

    def _lose(self, died: int) -> None:
        """Delete the tables, and notice it when the first messages die."""
        self._note("rows when the tables were lost", self._rows())
        for table in snapshots.SCHEMAS:
            self._client.delete_table(self._on.place.table(table))
        self._say("the tables are gone, and publishers go on")
        more = self._await_deaths(died + 1) - died
        self._note("dead letters when the loss was noticed", more)

    def _restore(self, margin: timedelta) -> None:
        place = self._on.place
        todo = restore.plan(self._client, place, margin=margin)
        restore.carry_out(self._client, place, todo, settle_s=0, report=self._say)
        now = datetime.now(UTC)
        everything = Selection(since=now - KEPT, until=now)
        sent = Replay(place, everything, send=True).run()
        for reason, group in sorted(sent.chosen.items()):
            self._note(f"sent again: {reason}", group.messages)

    def _compare(self) -> None:
        got = read_back(self._on.stack.ports)
        wanted = Counter(self._load.acknowledged)
        self._note("rows acknowledged", wanted.total())
        self._note("rows read back through GET /data", got.total())
        self._found.expect("rows lost (RPO)", found=(wanted - got).total(), wanted=0)
        self._found.expect("rows doubled or changed", found=(got - wanted).total(), wanted=0)
        poison = self._count("message_id", layout.QUARANTINE_TABLE)
        self._found.expect("poison in quarantine", found=poison, wanted=len(records.POISON))

    def _targets(self, rto_s: float, began: datetime) -> None:
        """Judge how long it took, and tell what that makes for more rows."""
        moments = [
            moment
            for event in acknowledged(self._on.stack.children["function"].log_path)
            if (moment := datetime.fromisoformat(event["time"])) > began
        ]
        rate = len(moments) / (max(moments) - began).total_seconds()
        self._note("seconds from the loss to the last row read (RTO)", f"{rto_s:.1f}")
        self._note("messages delivered again and anew a second", f"{rate:.0f}")
        self._note("such messages in 15 minutes", f"{rate * RTO_S:.0f}")
        self._found.expect("RTO within 15 minutes", found=rto_s <= RTO_S, wanted=True)

    def _await_deaths(self, count: int) -> int:
        """Wait for dead letters; return how many there are."""
        for _ in until(PATIENCE_S):
            now = datetime.now(UTC)
            wanted = Selection(since=now - KEPT, until=now)
            if (dead := Replay(self._on.place, wanted).run(["dead-letters"]).messages) >= count:
                return dead
        raise LocalError(f"{count} messages should have died")

    def _await(self, found: Callable[[], int], count: int) -> None:
        for _ in until(PATIENCE_S, pause_s=1.0):
            if found() >= count:
                return
        # What is missing is the comparison's to tell.
        self._say(f"only {found()} of {count} came", style="red")

    def _rows(self) -> int:
        """Count the records that are in the table, however often."""
        return self._count("id", layout.TABLE)

    def _count(self, column: str, table: str) -> int:
        query = (
            f"SELECT COUNT(DISTINCT {column}) AS n FROM `{layout.DATASET}.{table}` "  # noqa: S608 # nosec B608 - our constants
            "WHERE publish_time IS NOT NULL"
        )
        return int(next(iter(self._client.query_and_wait(query)))["n"])

    def _note(self, what: str, found: object) -> None:
        self._found.facts.append((what, f"{found}"))
