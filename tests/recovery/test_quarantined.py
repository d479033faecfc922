"""The query of the quarantine, as Google's own analyzer and a reader of its grammar see it."""

import json

import pytest
import sqlglot
from sqlglot import exp
from zetasql.types import TypeKind

from local import layout
from recovery import quarantined
from recovery.snapshots import SCHEMAS
from servicekit.contract import Column, Contract
from tests.app import google_sql

TABLE = "my-project.analytics_dataset.example_table_quarantine"
BOUNDS = [(name, "TIMESTAMP", None) for name in ("since", "until")]


@pytest.fixture
def engine(monkeypatch):
    """Google's engine, with the quarantine's columns."""
    monkeypatch.setitem(google_sql.KINDS, "BYTES", TypeKind.TYPE_BYTES)
    fields = json.loads(SCHEMAS[layout.QUARANTINE_TABLE].read_text("utf-8"))
    columns = (
        Column(field["name"], field["type"], required=False, description="") for field in fields
    )
    return google_sql.GoogleSql(TABLE, Contract(tuple(columns)))


@pytest.mark.timeout(300)  # the first of all tests with the engine compiles it
def test_google_resolves_the_query(engine):
    names = ["reason", "message_id", "publish_time", "attributes", "data", "size_bytes"]
    assert engine.resolve(quarantined.write(TABLE), BOUNDS) == names
    with pytest.raises(google_sql.SqlError):
        engine.resolve(quarantined.write(TABLE).replace("sha256", "sha1"), BOUNDS)


def test_the_scan_has_its_own_partition_filter():
    """BigQuery refuses the query otherwise, and no emulator does."""
    query = sqlglot.parse_one(quarantined.write(TABLE), read="bigquery")
    bounded = {type(node) for node in query.args["where"].find_all(exp.GTE, exp.LT)}
    columns = {node.this.name for node in query.args["where"].find_all(exp.GTE, exp.LT)}
    assert "publish_time" in columns
    assert bounded == {exp.GTE, exp.LT}
