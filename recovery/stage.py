"""The local pipeline as a drill needs it: with what Terraform makes for a recovery in the cloud."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Self

from google.cloud import bigquery

from local import layout
from local.layout import Ports
from local.stack import Report, Stack
from recovery.place import Place
from recovery.restore import RETENTION
from recovery.snapshots import Snapshot

MAX_DELIVERY_ATTEMPTS = 5
"""The fewest that Pub/Sub allows: with pauses of 1, 2, 4 and 8 s a message dies after 15 s."""


class Stage:
    """A running pipeline with retention; leaving it leaves nothing behind."""

    def __init__(self, folder: Path, report: Report = lambda _: None) -> None:
        """Put its logs into `folder`."""
        self.place = Place(project=layout.PROJECT)
        self._folder = folder
        self._report = report
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        ports = Ports.free()
        place = self.place = Place(
            project=layout.PROJECT,
            pubsub_emulator=f"127.0.0.1:{ports.pubsub}",
            bigquery_emulator=ports.url("bigquery"),
        )
        self.stack = Stack(
            ports,
            pubsub="embedded",
            report=self._report,
            # The drill reads everything, again and again.
            api_changes={"CACHE_TTL": "0ms", "RATE_LIMIT_PER_MINUTE": "1000000"},
            folder=self._folder,
            max_delivery_attempts=MAX_DELIVERY_ATTEMPTS,
        )
        self._exits.enter_context(self.stack)
        try:
            _retain(place)
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()


def _retain(place: Place) -> None:
    """Let both topics keep their messages, as in the cloud."""
    retention = {"seconds": int(RETENTION.total_seconds())}
    mask = {"paths": ["message_retention_duration"]}
    with place.publisher() as topics:
        for name in (layout.TOPIC, place.replay_topic):
            topic = {"name": name, "message_retention_duration": retention}
            topics.update_topic(request={"topic": topic, "update_mask": mask})


def leave_out_buffer(
    client: bigquery.Client, place: Place, snapshot: Snapshot, buffer: timedelta
) -> int:
    """Take out of a snapshot of rows what was written shortly before it; return how many.

    BigQuery does so by itself, since it copies nothing out of its streaming buffer. The emulator
    has no such buffer, so its snapshot is replaced by one of the rows that are older.
    """
    name = place.table(snapshot.name(layout.TABLE))
    whole = client.get_table(name)
    older = bigquery.Table(place.table("settled_rows"), schema=whole.schema)
    older.time_partitioning = whole.time_partitioning
    client.create_table(older)
    client.query_and_wait(
        f"INSERT INTO `{place.table('settled_rows')}` SELECT * FROM `{name}` "  # noqa: S608 # nosec B608 - our own names
        "WHERE publish_time IS NOT NULL AND ingest_time < @until",
        job_config=bigquery.QueryJobConfig(
            query_parameters=[
                bigquery.ScalarQueryParameter("until", "TIMESTAMP", snapshot.taken - buffer)
            ]
        ),
    )
    before, after = (_count(client, table) for table in (name, place.table("settled_rows")))
    client.query_and_wait(f"DROP SNAPSHOT TABLE `{name}`")
    config = bigquery.CopyJobConfig(operation_type=bigquery.OperationType.SNAPSHOT)
    client.copy_table(place.table("settled_rows"), name, job_config=config).result()
    client.delete_table(place.table("settled_rows"))
    return before - after


def _count(client: bigquery.Client, table: str) -> int:
    query = f"SELECT COUNT(*) AS n FROM `{table}` WHERE publish_time IS NOT NULL"  # noqa: S608 # nosec B608 - our own names
    return int(next(iter(client.query_and_wait(query)))["n"])
