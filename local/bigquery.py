"""The BigQuery emulator, and the dataset that Terraform makes in the cloud."""

import json
import os
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from local import layout
from local.layout import ROOT, LocalError, Ports
from servicekit.contract import SCHEMA_FOLDER


def command(ports: Ports, data_folder: Path | None = None) -> list[str]:
    """Write the emulator's command line; without a folder all is kept in memory.

    Raises:
        LocalError: its virtual environment is missing.
    """
    folder = Path(os.environ.get("EMULATORS_VENV") or ROOT / ".venv-emulators")
    program = folder / "bin" / "bqemulator"
    if not program.exists():
        raise LocalError("the BigQuery emulator is not installed: run make setup")
    kept = ["--persistent", f"--data-dir={data_folder}"] if data_folder else []
    return [
        str(program),
        "start",
        *kept,
        f"--rest-port={ports.bigquery}",
        f"--grpc-port={ports.bigquery_grpc}",
        "--log-level=warning",
    ]


def connect(url: str) -> bigquery.Client:
    """Connect to an emulator, without anybody's credentials."""
    return bigquery.Client(
        project=layout.PROJECT,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # it has no hints
        client_options={"api_endpoint": url},
    )


def create_tables(client: bigquery.Client, dataset: str = layout.DATASET) -> None:
    """Make the dataset and its tables out of the data contract, unless they are there."""
    client.create_dataset(f"{layout.PROJECT}.{dataset}", exists_ok=True)
    for name in (layout.TABLE, layout.QUARANTINE_TABLE):
        fields = json.loads((SCHEMA_FOLDER / _schema_file(name)).read_text("utf-8"))
        table = bigquery.Table(
            f"{layout.PROJECT}.{dataset}.{name}",
            schema=[bigquery.SchemaField.from_api_repr(field) for field in fields],
        )
        table.time_partitioning = bigquery.TimePartitioning(type_="DAY", field="publish_time")
        table.require_partition_filter = True
        client.create_table(table, exists_ok=True)


def _schema_file(table: str) -> str:
    return "quarantine_table.json" if table == layout.QUARANTINE_TABLE else "example_table.json"
