"""The cloud of a rehearsal: one JSON file for each resource, and a log of what was done to them.

Whoever changes or removes a file causes drift, as whoever clicks in a console does.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOG = "operations.jsonl"


class World:
    """Resources in a folder, a file for each: `{"type", "id", "deleted", "values"}`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, kind: str, identifier: str) -> Path:
        """Name the file of a resource; an `id` may be longer than a file's name."""
        return self.folder / f"{kind}.{hashlib.sha256(identifier.encode()).hexdigest()[:16]}.json"

    def get(self, kind: str, identifier: str) -> dict[str, Any] | None:
        """Look a resource up; None if it is not there, or not any more."""
        record = self.record(kind, identifier)
        return None if record is None or record["deleted"] else record["values"]

    def record(self, kind: str, identifier: str) -> dict[str, Any] | None:
        """Look up even what was deleted."""
        try:
            record: dict[str, Any] = json.loads(self.file(kind, identifier).read_text("utf-8"))
        except FileNotFoundError:
            return None
        return record

    def put(
        self, kind: str, identifier: str, values: dict[str, Any], *, deleted: bool = False
    ) -> None:
        """Write a resource, whole or not at all."""
        record = {"type": kind, "id": identifier, "deleted": deleted, "values": values}
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as partial:
            json.dump(record, partial, indent=1)
        Path(partial.name).replace(self.file(kind, identifier))

    def remove(self, kind: str, identifier: str) -> None:
        """Delete a resource."""
        self.file(kind, identifier).unlink(missing_ok=True)

    def records(self, kind: str = "*") -> Iterator[dict[str, Any]]:
        """Go through what is there, of one type or of all."""
        for path in sorted(self.folder.glob(f"{kind}.*.json")):
            record = json.loads(path.read_text("utf-8"))
            if not record["deleted"]:
                yield record

    def note(self, operation: str, kind: str, identifier: str | None, **more: Any) -> None:
        """Add a line to the log: `{"operation", "type", "id"}`."""
        line = json.dumps({"operation": operation, "type": kind, "id": identifier, **more}) + "\n"
        # One write in append mode stays one line, whoever else writes.
        log = os.open(self.folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(log, "wb", buffering=0) as file:
            file.write(line.encode())

    def operations(self) -> list[dict[str, Any]]:
        """Read the log."""
        path = self.folder / LOG
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
