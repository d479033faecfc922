"""The schema file is the contract: a column added to it is payload, a wrong one stops the start."""

import json

import pytest

from servicekit import contract
from servicekit.contract import METADATA, RESERVED, Column, ContractError


@pytest.fixture
def load(tmp_path):
    """Load the example's schema after a change to its list of fields."""

    def load(change):
        fields = json.loads((contract.SCHEMA_FOLDER / "example_table.json").read_text("utf-8"))
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(change(fields)), "utf-8")
        return contract.load(path)

    return load


def add(**field):
    """Add one column at the end."""
    return lambda fields: [*fields, {"name": "extra", "type": "STRING", **field}]


def test_the_example_has_a_number_and_a_name():
    assert [(c.name, c.type, c.required) for c in contract.load().payload] == [
        ("id", "INTEGER", True),
        ("name", "STRING", False),
    ]


def test_what_the_pipeline_writes_is_no_payload():
    loaded = contract.load()
    assert {column.name for column in loaded.columns} == {"id", "name", *METADATA}
    assert not {column.name for column in loaded.payload} & set(METADATA)


@pytest.mark.parametrize("type_", ["INTEGER", "FLOAT", "BOOLEAN", "STRING"])
@pytest.mark.parametrize(("mode", "required"), [("REQUIRED", True), ("NULLABLE", False)])
def test_a_column_added_to_the_schema_is_payload(load, type_, mode, required):
    loaded = load(add(type=type_, mode=mode, description="New."))
    assert loaded.payload[-1] == Column("extra", type_, required, "New.")
    assert len(loaded.payload) == 3


def test_a_column_without_mode_or_description_may_be_null(load):
    assert load(add()).payload[-1] == Column("extra", "STRING", required=False, description="")


def test_columns_keep_the_order_of_the_schema(load):
    loaded = load(lambda fields: fields[::-1])
    assert [column.name for column in loaded.payload] == ["name", "id"]


@pytest.mark.parametrize("missing", METADATA)
def test_a_table_without_a_column_that_the_pipeline_writes_is_refused(load, missing):
    with pytest.raises(ContractError, match=missing):
        load(lambda fields: [field for field in fields if field["name"] != missing])


def test_all_missing_columns_are_named_together(load):
    with pytest.raises(ContractError) as caught:
        load(lambda fields: fields[:2])
    assert "changed.json" in str(caught.value)
    assert all(name in str(caught.value) for name in METADATA)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "Extra",
        "1st",
        "_extra",
        "_PARTITIONTIME",
        "ex-tra",
        "ex tra",
        "ex.tra",
        "ex`tra",
        "extra\n",
        "extra; DROP TABLE x",
        "extra--",
        "@extra",
        "\u00e9",
        "e\u0301",
        "\u0435xtra",
        "a" * 129,
    ],
)
def test_a_name_that_is_unsafe_in_sql_is_refused(load, name):
    """Names are the one part of the schema that becomes part of a query's text."""
    with pytest.raises(ContractError, match="must match"):
        load(add(name=name))


def test_a_column_that_is_there_twice_is_refused(load):
    with pytest.raises(ContractError, match="twice"):
        load(add(name="id", type="INTEGER"))


@pytest.mark.parametrize("name", RESERVED)
def test_a_name_that_the_api_uses_itself_is_refused(load, name):
    with pytest.raises(ContractError, match=f"{name} is a reserved name"):
        load(add(name=name))


@pytest.mark.parametrize(
    "type_",
    ["TIMESTAMP", "JSON", "BYTES", "RECORD", "NUMERIC", "integer", "INT64", "", "STRING(5)"],
)
def test_a_type_that_nobody_validates_is_refused(load, type_):
    with pytest.raises(
        ContractError, match=r"extra is .*known are INTEGER, FLOAT, BOOLEAN, STRING"
    ):
        load(add(type=type_))


@pytest.mark.parametrize("mode", ["REPEATED", "required", "", None])
def test_a_mode_that_nobody_validates_is_refused(load, mode):
    with pytest.raises(ContractError, match=r"extra: mode .* is not supported"):
        load(add(mode=mode))
