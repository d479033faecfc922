"""The tables and the topic's schema are the data contract, and the demo's messages pass it."""

import json

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

from local import records
from servicekit import contract
from servicekit.contract import SCHEMA_FOLDER

WHAT_A_BIGQUERY_SUBSCRIPTION_FILLS = {
    "subscription_name": {"STRING"},
    "message_id": {"STRING"},
    "publish_time": {"TIMESTAMP"},
    "attributes": {"STRING", "JSON"},
}
"""Source: https://cloud.google.com/pubsub/docs/bigquery#write_metadata"""

REFUSED_BY_THE_FUNCTION_ALONE = {
    b"{}": "nothing is required in proto3",
    b'{"name": "no id"}': "nothing is required in proto3",
    b'{"id": null}': "null is absence",
    b'{"id": "1"}': "a 64-bit number may be text in Protocol Buffers' JSON",
    b"[]": "the library reads an empty list as a message without fields",
}
"""Poison that the topic takes; everything else is refused at the publisher."""


@pytest.fixture(scope="module")
def record(find, tmp_path_factory):
    """The planned schema, compiled by the real compiler."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / "record.proto").write_text(find("google_pubsub_schema.record")["definition"])
    compiled = folder / "record.bin"
    arguments = ["protoc", f"-I{folder}", f"--descriptor_set_out={compiled}", "record.proto"]
    assert protoc.main(arguments) == 0
    files = descriptor_pb2.FileDescriptorSet.FromString(compiled.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(files.file[0])
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Record"))


def accepts(record, data):
    try:
        json_format.Parse(data, record())
    except (json_format.ParseError, UnicodeDecodeError):
        return False
    return True


def test_the_topic_takes_every_message_of_the_demo(record):
    """As Pub/Sub reads them: JSON, unknown fields refused."""
    good = [m.data for m in records.messages() if m.data not in records.POISON]
    assert len(good) == records.RECORDS + records.DUPLICATES
    for data in good:
        assert accepts(record, data), data


def test_what_the_topic_cannot_refuse_is_known(record):
    taken = {data for data in records.POISON if accepts(record, data)}
    assert taken == set(REFUSED_BY_THE_FUNCTION_ALONE)


def test_the_schema_has_the_payloads_columns_in_their_order(record):
    fields = [(field.number, field.name) for field in record.DESCRIPTOR.fields]
    payload = [column.name for column in contract.load().payload]
    assert fields == list(enumerate(payload, start=1))


def test_the_tables_are_the_contract(find):
    for address, file in (("rows", "example_table"), ("quarantine", "quarantine_table")):
        planned = json.loads(find(f"google_bigquery_table.{address}")["schema"])
        assert planned == json.loads((SCHEMA_FOLDER / f"{file}.json").read_text("utf-8"))


def test_types_are_written_as_the_api_writes_them():
    """An alias such as INT64 would show as a change in every plan."""
    for file in SCHEMA_FOLDER.glob("*.json"):
        types = {column["type"] for column in json.loads(file.read_text("utf-8"))}
        assert types <= {"INTEGER", "FLOAT", "BOOLEAN", "STRING", "TIMESTAMP", "JSON", "BYTES"}


def test_a_bigquery_subscription_could_fill_the_table(planned_runs):
    """It fills the payload and its metadata; whatever else there is must be NULLABLE."""
    planned = planned_runs["terraform", "without_the_function"]
    (table,) = [r for r in planned if r.address == "google_bigquery_table.rows"]
    columns = {column["name"]: column for column in json.loads(table.values["schema"])}
    for name, types in WHAT_A_BIGQUERY_SUBSCRIPTION_FILLS.items():
        assert columns[name]["type"] in types
    payload = {column.name for column in contract.load().payload}
    for name in columns.keys() - payload:
        assert columns[name]["mode"] == "NULLABLE", name


def test_the_tables_partition_is_the_column_that_the_query_bounds(find):
    for name in ("rows", "quarantine"):
        table = find(f"google_bigquery_table.{name}")
        assert table["time_partitioning"][0]["field"] == "publish_time"
        assert table["require_partition_filter"] is True
        columns = {column["name"] for column in json.loads(table["schema"])}
        assert set(table["clustering"]) <= columns
