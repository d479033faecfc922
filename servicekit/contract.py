"""The data contract: the tables' columns, read from BigQuery's own schema JSON."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

SCHEMA_FOLDER = Path(__file__).parent.parent / "schema"

METADATA = ("message_id", "publish_time", "attributes", "ingest_time", "subscription_name")
"""Columns that the pipeline writes itself; every other column is payload.

All but ingest_time have the names and types that a BigQuery subscription with `write_metadata`
fills; subscription_name is filled by nobody else.
Source: https://cloud.google.com/pubsub/docs/bigquery#write_metadata
"""

RESERVED = ("limit", "cursor", "since", "until", "row_key")
"""Names that a payload column may not have: the API's parameters, and its query's own column."""

PAYLOAD_TYPES = {"INTEGER": int, "FLOAT": float, "BOOLEAN": bool, "STRING": str}
"""BigQuery's names of the types that a payload column may have, and Python's of their values."""


class ContractError(Exception):
    """The schema file does not describe a table that the pipeline can serve."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, in BigQuery's terms."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Contract:
    """The columns of one table, in the order of the schema file."""

    columns: tuple[Column, ...]

    @property
    def payload(self) -> tuple[Column, ...]:
        """The columns that a publisher sends and a reader gets."""
        return tuple(column for column in self.columns if column.name not in METADATA)


def load(path: Path = SCHEMA_FOLDER / "example_table.json") -> Contract:
    """Read the table that the pipeline serves.

    Raises:
        ContractError: a column that the pipeline writes is missing, or a payload column has a
            name that is unsafe in SQL, or a type or mode that nobody validates yet.
    """
    contract = Contract(tuple(_column(field) for field in json.loads(path.read_text("utf-8"))))
    names = {column.name for column in contract.columns}
    if missing := [name for name in METADATA if name not in names]:
        raise ContractError(f"{path.name} lacks {', '.join(missing)}")
    if len(names) < len(contract.columns):
        raise ContractError(f"{path.name} has a column twice")
    for column in contract.payload:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,127}", column.name):
            raise ContractError(f"{path.name}: {column.name!r} must match [a-z][a-z0-9_]*")
        if column.name in RESERVED:
            raise ContractError(f"{path.name}: {column.name} is a reserved name")
        if column.type not in PAYLOAD_TYPES:
            known = ", ".join(PAYLOAD_TYPES)
            raise ContractError(f"{path.name}: {column.name} is {column.type}; known are {known}")
    return contract


def _column(field: dict[str, str]) -> Column:
    mode = field.get("mode", "NULLABLE")
    if mode not in ("REQUIRED", "NULLABLE"):
        raise ContractError(f"{field['name']}: mode {mode} is not supported")
    return Column(field["name"], field["type"], mode == "REQUIRED", field.get("description", ""))
