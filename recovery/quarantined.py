"""Reads the quarantine, whose rows hold their messages whole."""

from collections.abc import Iterator
from typing import Any

from google.cloud import bigquery

from local import layout
from recovery.place import Place
from recovery.selection import Selection

PAGE = 50
"""Each row may have 10 MB."""


def write(table: str) -> str:
    """Write the query of `project.dataset.table`; every value is a parameter."""
    return f"""\
SELECT reason, message_id, publish_time, attributes, data, size_bytes
FROM `{table}`
WHERE publish_time >= @since AND publish_time < @until
QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id, sha256 ORDER BY quarantine_time DESC) = 1
ORDER BY publish_time, message_id"""  # noqa: S608 # nosec B608 - names that match patterns


def rows(client: bigquery.Client, place: Place, selection: Selection) -> Iterator[Any]:
    """Give each message that is in quarantine by now, once, oldest first.

    A message is there as often as it was delivered, and again for each replay that failed.
    """
    bounds = {"since": selection.since, "until": selection.until}
    parameters = [
        bigquery.ScalarQueryParameter(name, "TIMESTAMP", value) for name, value in bounds.items()
    ]
    yield from client.query_and_wait(
        write(place.table(layout.QUARANTINE_TABLE)),
        job_config=bigquery.QueryJobConfig(query_parameters=parameters),
        page_size=PAGE,
    )
