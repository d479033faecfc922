"""The log entries that Cloud Logging would have of the running pipeline."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local import layout
from local.request_log import LOG_NAME
from monitoring import log_entry
from monitoring.log_filter import field

Entry = Mapping[str, Any]
SERVICES = {"api": "data-api", "function": "pubsub-to-bigquery"}
"""By the name of the log. What the front doors print are entries already."""
DOORS = "edge"


class Follower:
    """Reads what is new in a log, by whole lines."""

    def __init__(self, folder: Path, name: str, revision: str = "") -> None:
        """Begin at the end of what is there.

        `name` is a service's or the doors'; a `revision` of the service has a log by its own name.
        """
        self._path = folder / f"{revision or name}.log"
        self._name = name
        self._revision = revision
        self._offset = self._path.stat().st_size if self._path.exists() else 0

    def read(self) -> Iterator[Entry]:
        """Give the new entries."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._offset)
                whole, end, _partial = log.read().rpartition(b"\n")
        except FileNotFoundError:
            return
        self._offset += len(whole) + len(end)
        for line in whole.decode("utf-8", "replace").split("\n"):
            if entry := parse(line, self._name, self._revision):
                yield entry


def parse(line: str, name: str, revision: str = "") -> Entry | None:
    """Read a line of the log `name`; None if it is no entry that matters here."""
    try:
        if name != DOORS:
            entry = log_entry.of_line(
                line, service=SERVICES[name], project=layout.PROJECT, revision=revision
            )
            return entry if "jsonPayload" in entry else None
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if field(found, "logName") == LOG_NAME else None
