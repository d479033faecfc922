"""A table from a snapshot has its rows, its columns and its partition filter, or is not made."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from local import layout
from recovery import snapshots
from recovery.errors import RecoveryError
from recovery.snapshots import SCHEMAS, Snapshot

NOW = datetime(2026, 12, 1, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def client(place):
    """A connection to the place's tables."""
    with place.bigquery() as connected:
        yield connected


def fill(client, place, count):
    now = datetime.now(UTC).isoformat()
    rows = [
        {"id": str(number), "name": "é", "message_id": f"m{number}", "publish_time": now}
        for number in range(count)
    ]
    table = place.table(layout.TABLE)
    assert client.insert_rows_json(table, rows, row_ids=bigquery.AutoRowIDs.DISABLED) == []


def lose(client, place):
    for table in SCHEMAS:
        client.delete_table(place.table(table))


def test_what_is_lost_is_there_again(client, place, rows_of):
    fill(client, place, 3)
    taken = snapshots.take(client, place, 1)
    fill(client, place, 1)
    before = rows_of(place.dataset)
    lose(client, place)
    assert snapshots.missing(client, place) == list(SCHEMAS)
    assert [snapshots.restore(client, place, taken, table) for table in SCHEMAS] == [3, 0]
    assert snapshots.missing(client, place) == []
    after = rows_of(place.dataset)
    assert len(after) == 3
    assert all(row in before for row in after)
    table = client.get_table(place.table(layout.TABLE))
    assert table.time_partitioning.field == "publish_time"
    assert [field.to_api_repr() for field in table.schema] == json.loads(
        SCHEMAS[layout.TABLE].read_text("utf-8")
    )


def test_a_restored_table_asks_for_a_partition_filter_again(client, place, monkeypatch):
    """The emulator forgets it, so what is asked of it has to do."""
    taken = snapshots.take(client, place, 1)
    lose(client, place)
    asked = []
    monkeypatch.setattr(
        client,
        "update_table",
        lambda table, fields: asked.append((table.require_partition_filter, fields)),
    )
    snapshots.restore(client, place, taken, layout.TABLE)
    assert asked == [(True, ["require_partition_filter"])]


def test_a_snapshot_ends_and_keeps_the_key(client, place, monkeypatch):
    """Both are left to Google's answer, so what is asked for has to do."""
    asked = []
    key = bigquery.EncryptionConfiguration(kms_key_name="projects/p/k")
    real = client.copy_table

    def copy_table(source, destination, job_config):
        asked.append(job_config.to_api_repr()["copy"])
        return real(
            source, destination, job_config=bigquery.CopyJobConfig(operation_type="SNAPSHOT")
        )

    monkeypatch.setattr(client, "copy_table", copy_table)
    monkeypatch.setattr(bigquery.Table, "encryption_configuration", key)
    snapshots.take(client, place, 14)
    for config in asked:
        ends = datetime.fromisoformat(config["destinationExpirationTime"])
        assert timedelta(days=13, hours=23) < ends - datetime.now(UTC) <= timedelta(days=14)
        assert config["destinationEncryptionConfiguration"] == {"kmsKeyName": "projects/p/k"}
        assert config["operationType"] == "SNAPSHOT"
    assert len(asked) == len(SCHEMAS)


def test_only_whole_snapshots_are_found_newest_first(client, place, monkeypatch):
    class Clock(datetime):
        moment = NOW

        @classmethod
        def now(cls, zone):
            return cls.moment.astimezone(zone)

    monkeypatch.setattr(snapshots, "datetime", Clock)
    for hours in (0, 2, 1):
        Clock.moment = NOW + timedelta(hours=hours)
        snapshots.take(client, place, 1)
    newest = Snapshot(NOW + timedelta(hours=2))
    client.query_and_wait(
        f"DROP SNAPSHOT TABLE `{place.table(newest.name(layout.QUARANTINE_TABLE))}`"
    )
    table = bigquery.Table(place.table("example_table_snapshot_20270101T000000Z"))
    client.create_table(table)
    for each in snapshots.SCHEMAS:
        copied = place.table(f"{each}_snapshot_20269999T999999Z")
        client.query_and_wait(f"CREATE SNAPSHOT TABLE `{copied}` CLONE `{place.table(each)}`")
    found = snapshots.find(client, place)
    assert [snapshot.stamp for snapshot in found] == ["20261201T020203Z", "20261201T010203Z"]
    with pytest.raises(Conflict):
        snapshots.take(client, place, 1)


def test_a_table_that_is_gone_has_no_snapshot(client, place):
    lose(client, place)
    with pytest.raises(NotFound):
        snapshots.take(client, place, 1)
    assert snapshots.find(client, place) == []


def older(client, place, fields):
    """Make the rows' table, and a snapshot of it, as an earlier contract had it."""
    client.delete_table(place.table(layout.TABLE))
    schema = [bigquery.SchemaField.from_api_repr(field) for field in fields]
    table = bigquery.Table(place.table(layout.TABLE), schema=schema)
    table.time_partitioning = bigquery.TimePartitioning(type_="DAY", field="publish_time")
    client.create_table(table)
    return snapshots.take(client, place, 1)


CONTRACT = json.loads(SCHEMAS[layout.TABLE].read_text("utf-8"))


def test_a_column_that_was_added_since_is_added(client, place):
    taken = older(client, place, CONTRACT[:-1])
    snapshots.check(client, place, taken)
    lose(client, place)
    snapshots.restore(client, place, taken, layout.TABLE)
    names = [field.name for field in client.get_table(place.table(layout.TABLE)).schema]
    assert names == [field["name"] for field in CONTRACT]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([*CONTRACT, {"name": "more", "type": "STRING"}], "more is gone"),
        ([{**CONTRACT[0], "type": "STRING"}, *CONTRACT[1:]], "id changes from STRING"),
        ([CONTRACT[0], *CONTRACT[2:]], "stands where"),
        ([{**CONTRACT[0], "mode": "NULLABLE"}, *CONTRACT[1:]], "id changes from NULLABLE"),
    ],
    ids=["column gone", "other type", "other order", "stricter"],
)
def test_a_snapshot_that_does_not_fit_is_refused(client, place, fields, why):
    taken = older(client, place, fields)
    with pytest.raises(RecoveryError, match=why):
        snapshots.check(client, place, taken)
