"""Snapshots of the tables, and a table made anew from one.

Both are copy jobs, which cost no copy of the data. A snapshot lacks what BigQuery still had in its
streaming buffer, so it is restored together with the messages of before and after it (restore.py).

Source: https://cloud.google.com/bigquery/docs/table-snapshots-intro
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from deploy import schema_change
from local import layout
from recovery.errors import RecoveryError
from recovery.place import Place
from servicekit.contract import SCHEMA_FOLDER

SCHEMAS = {
    layout.TABLE: SCHEMA_FOLDER / "example_table.json",
    layout.QUARANTINE_TABLE: SCHEMA_FOLDER / "quarantine_table.json",
}
"""The tables that are kept, and what their columns have to be."""
JOB_TIMEOUT_S = 600.0
_NAME = re.compile(r"(\w+)_snapshot_(\d{8}T\d{6})Z")
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True, order=True)
class Snapshot:
    """All tables as they were at a moment, apart from the streaming buffer's rows."""

    taken: datetime
    """Before the first job began."""

    @property
    def stamp(self) -> str:
        """Write the moment as the names have it, by which a person chooses one."""
        return f"{self.taken:{_STAMP}}Z"

    def name(self, table: str) -> str:
        """Name the snapshot of one table."""
        return f"{table}_snapshot_{self.stamp}"


def take(client: bigquery.Client, place: Place, keep_days: int) -> Snapshot:
    """Take a snapshot, which BigQuery deletes after `keep_days`.

    Raises:
        GoogleAPICallError: a table is missing, or the second has one of this name already.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    snapshot = Snapshot(now)
    for table in SCHEMAS:
        config = bigquery.CopyJobConfig(operation_type=bigquery.OperationType.SNAPSHOT)
        config.destination_expiration_time = (now + timedelta(days=keep_days)).isoformat()
        _copy(client, place, table, snapshot.name(table), config)
    return snapshot


def find(client: bigquery.Client, place: Place) -> list[Snapshot]:
    """List the snapshots that are whole, newest first."""
    tables: defaultdict[str, set[str]] = defaultdict(set)
    for item in client.list_tables(f"{place.project}.{place.dataset}"):
        if (match := _NAME.fullmatch(item.table_id)) and item.table_type == "SNAPSHOT":
            tables[match[2]].add(match[1])
    taken = (_taken(stamp) for stamp, found in tables.items() if found >= SCHEMAS.keys())
    return sorted((Snapshot(each) for each in taken if each), reverse=True)


def _taken(stamp: str) -> datetime | None:
    """Read the moment of a name; somebody else's may look like ours and name none."""
    with suppress(ValueError):
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    return None


def missing(client: bigquery.Client, place: Place) -> list[str]:
    """Name the tables that are gone."""
    return [table for table in SCHEMAS if _table(client, place.table(table)) is None]


def check(client: bigquery.Client, place: Place, snapshot: Snapshot) -> None:
    """Compare a snapshot's columns with what the pipeline writes now.

    Raises:
        RecoveryError: they differ by more than columns that were added since.
    """
    for table in SCHEMAS:
        complaints = schema_change.breaking(
            [_plain(field) for field in _fields(client, place.table(snapshot.name(table)))],
            [_plain(field) for field in _contract(table)],
        )
        if complaints:
            raise RecoveryError(
                f"{snapshot.name(table)} does not fit schema/: {'; '.join(complaints)}. Take the "
                "commit that wrote it, or an older snapshot"
            )


def restore(client: bigquery.Client, place: Place, snapshot: Snapshot, table: str) -> int:
    """Make a missing table anew; return its number of rows.

    Columns that were added since are added, and a query that names no time is refused again.
    Terraform's next apply sets the rest: grants, policy tags of new columns, the end of old rows.

    Raises:
        GoogleAPICallError: the snapshot is gone, or the table is there.
    """
    config = bigquery.CopyJobConfig(
        operation_type=bigquery.OperationType.RESTORE,
        # Never over what is there: a second run, or a table that Terraform made, stays as it is.
        write_disposition=bigquery.WriteDisposition.WRITE_EMPTY,
    )
    _copy(client, place, snapshot.name(table), table, config)
    made = client.get_table(place.table(table))
    rows = made.num_rows
    known = {field.name for field in made.schema}
    added = [field for field in _contract(table) if field["name"] not in known]
    made.schema = [*made.schema, *(bigquery.SchemaField.from_api_repr(field) for field in added)]
    made.require_partition_filter = True
    client.update_table(made, [*(["schema"] if added else []), "require_partition_filter"])
    return int(rows or 0)


def _copy(
    client: bigquery.Client,
    place: Place,
    source: str,
    destination: str,
    config: bigquery.CopyJobConfig,
) -> None:
    # The key of the source, or the copy would be encrypted with the dataset's.
    key = client.get_table(place.table(source)).encryption_configuration
    config.destination_encryption_configuration = key
    job = client.copy_table(place.table(source), place.table(destination), job_config=config)
    job.result(timeout=JOB_TIMEOUT_S)


def _table(client: bigquery.Client, name: str) -> bigquery.Table | None:
    try:
        return client.get_table(name)
    except NotFound:
        return None


def _fields(client: bigquery.Client, name: str) -> Iterator[dict[str, Any]]:
    for field in client.get_table(name).schema:
        yield field.to_api_repr()


def _contract(table: str) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = json.loads(SCHEMAS[table].read_text("utf-8"))
    return fields


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """Keep what the contract decides; policy tags are Terraform's."""
    return {name: field[name] for name in ("name", "type", "mode") if name in field}
