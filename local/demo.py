"""The main job in one run: publish, ingest, read back, compare, refuse; every row is counted."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from local import bigquery, layout, messaging, publish, records
from local.caller import bearer, mint, pages
from local.containers import Containers
from local.layout import LocalError, Ports
from local.stack import Stack
from servicekit.identity import REMOVED_SIGNATURE

INGEST_TIMEOUT_S = 180.0
FOLDER = layout.FOLDER / "demo"
KINDS = {"google": "Google's emulator", "embedded": "the embedded emulator"}


@dataclass
class Findings:
    """What happened, and what should not have."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def expect(self, what: str, *, found: Any, wanted: Any) -> None:
        """Note a fact; it is a fault when it is not the wanted one."""
        good = found == wanted
        self.facts.append((what, f"{found}" if good else f"{found}, not {wanted}"))
        if not good:
            self.faults.append(what)


def run(pubsub: str, console: Console, containers: Containers | None = None) -> int:
    """Run the demo on free ports; return the exit status, 1 if a row was lost, doubled or changed.

    Raises:
        LocalError: the stack could not be started, or stood still.
    """
    started = time.monotonic()
    found = Findings()
    with Progress(console=console) as progress:
        start = progress.add_task("start", total=6)

        def report(step: str) -> None:
            progress.update(start, advance=1, description=f"start: {step}")

        # Not where a pipeline in the background writes: the demo counts the lines of its own.
        for old in FOLDER.glob("*.log"):
            old.unlink()
        with Stack(
            Ports.free(), pubsub=pubsub, report=report, folder=FOLDER, containers=containers
        ) as stack:
            progress.update(start, completed=6, description="start")
            _ingest(stack, progress, found)
            _read_back(stack, progress, found)
            _refusals(stack, found)
            task = progress.add_task("stop", total=1)
        progress.advance(task)
    where = "processes" if containers is None else "hardened containers"
    _print(found, f"{KINDS[pubsub]}; services: {where}", time.monotonic() - started, console)
    return 1 if found.faults else 0


def _ingest(stack: Stack, progress: Progress, found: Findings) -> None:
    outgoing = list(records.messages())
    before = time.monotonic()
    with messaging.publisher(f"127.0.0.1:{stack.ports.pubsub}") as client:
        publish.publish(client, layout.TOPIC, outgoing, progress)
    events = _await_outcomes(stack, len(outgoing), progress)
    seconds = time.monotonic() - before
    outcomes = Counter(event["event"] for event in events)
    found.expect(
        "messages committed",
        found=outcomes["ingest.committed"],
        wanted=records.RECORDS + records.DUPLICATES,
    )
    found.expect(
        "poison messages quarantined",
        found=outcomes["ingest.quarantined"],
        wanted=len(records.POISON),
    )
    found.facts.append(("messages a second", f"{len(outgoing) / seconds:.0f}"))
    times = sorted(
        event["fields"]["e2e_seconds"] for event in events if event["event"] == "ingest.committed"
    )
    middle, late = statistics.median(times), times[int(len(times) * 0.95)]
    found.facts.append(
        ("publish to queryable", f"median {middle:.2f} s, 95 % {late:.2f} s, max {times[-1]:.2f} s")
    )


def _await_outcomes(stack: Stack, total: int, progress: Progress) -> list[dict[str, Any]]:
    """Follow the function's own log until each message has an outcome that acknowledges it."""
    task = progress.add_task("ingest", total=total)
    log_path = stack.children["function"].log_path
    until = time.monotonic() + INGEST_TIMEOUT_S
    while True:
        events = list(acknowledged(log_path))
        progress.update(task, completed=len(events))
        if len({event["fields"]["message_id"] for event in events}) >= total:
            return events
        if time.monotonic() > until:
            raise LocalError(f"only {len(events)} of {total} messages arrived; see {log_path.name}")
        time.sleep(0.1)


def acknowledged(log_path: Path) -> Iterator[dict[str, Any]]:
    """Read from the function's log what it wrote of each message that will not come again."""
    for line in log_path.read_text("utf-8").splitlines():
        if '"ingest.committed"' in line or '"ingest.quarantined"' in line:
            yield json.loads(line)


def _read_back(stack: Stack, progress: Progress, found: Findings) -> None:
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    task = progress.add_task("read back", total=records.RECORDS)
    got: Counter[tuple[object, object]] = Counter()
    for page in pages(stack.ports.url("api"), token):
        got.update((row["id"], row["name"]) for row in page)
        progress.update(task, completed=got.total())
    wanted = Counter((row["id"], row["name"]) for row in records.rows())
    found.expect("rows read back through GET /data", found=got.total(), wanted=records.RECORDS)
    found.expect("rows lost", found=(wanted - got).total(), wanted=0)
    found.expect("rows doubled or changed", found=(got - wanted).total(), wanted=0)
    with bigquery.connect(stack.ports.url("bigquery")) as client:
        kept = client.query_and_wait(
            f"SELECT DISTINCT message_id FROM `{layout.DATASET}.{layout.QUARANTINE_TABLE}` "  # noqa: S608 # nosec B608 - our constants
            "WHERE publish_time IS NOT NULL"
        )
        found.expect(
            "poison messages in quarantine", found=len(list(kept)), wanted=len(records.POISON)
        )


def _refusals(stack: Stack, found: Findings) -> None:
    issuer, api = stack.ports.url("issuer"), stack.ports.url("api")
    good = mint(issuer, layout.READER, layout.API_AUDIENCE)
    now = int(time.time())
    expired = mint(issuer, layout.READER, layout.API_AUDIENCE, iat=now - 7200, exp=now - 3600)
    nobody = f"nobody@{layout.PROJECT}.iam.gserviceaccount.com"
    unsigned = f"{good.rpartition('.')[0]}.{REMOVED_SIGNATURE}"
    cases = [
        ("no token", {}, 401),
        ("wrong audience", bearer(mint(issuer, layout.READER, "https://other.test")), 401),
        ("expired", bearer(expired), 401),
        (
            "signature removed by hand",
            bearer(unsigned),
            401,
        ),
        ("unknown to the platform", bearer(mint(issuer, nobody, layout.API_AUDIENCE)), 403),
        ("unknown to the API", bearer(mint(issuer, layout.STRANGER, layout.API_AUDIENCE)), 403),
    ]
    for name, headers, wanted in cases:
        status = requests.get(f"{api}/data", headers=headers, timeout=15).status_code
        found.expect(f"refused: {name}", found=status, wanted=wanted)


def _print(found: Findings, parts: str, seconds: float, console: Console) -> None:
    table = Table(title=f"What happened (Pub/Sub: {parts})", title_justify="left")
    table.add_column("what")
    table.add_column("found", justify="right")
    for what, value in found.facts:
        table.add_row(what, value, style="red" if what in found.faults else None)
    table.add_row("seconds in all", f"{seconds:.1f}")
    console.print(table)
    verdict = f"FAILED: {', '.join(found.faults)}" if found.faults else "every row is right"
    console.print(verdict, style="bold red" if found.faults else "bold green")
