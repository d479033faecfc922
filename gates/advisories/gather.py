"""From a mirror of OSV records, a folder or a zip of them, to one set with its date."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gates.advisories.records import Advisories, AdvisoriesError, instant, read

LARGEST_BYTES = 16 << 20
"""Of one record."""


def gather(mirror: Path, output: Path) -> Advisories:
    """Write a set; its date is that of the newest record, which is no promise of ours.

    Raises:
        AdvisoriesError: the mirror holds no records, or they are too old.
    """
    try:
        records = sorted(_records(mirror), key=lambda record: str(record["id"]))
        recorded = max((instant(record["modified"]) for record in records), default="")
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile) as exc:
        raise AdvisoriesError(f"{mirror} is no mirror of OSV records: {exc!r}") from exc
    if not records:
        raise AdvisoriesError(f"{mirror} holds no .json file; name the folder or zip of a mirror")
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    partial = output.with_name(output.name + ".partial")
    partial.write_text(f'{{"recorded": "{recorded}", "advisories": [\n{lines}\n]}}\n', "utf-8")
    try:
        read(partial)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return read(output)


def _records(mirror: Path) -> Iterator[dict[str, Any]]:
    if mirror.is_dir():
        for path in sorted(mirror.rglob("*.json")):
            yield json.loads(path.read_bytes())
        return
    with zipfile.ZipFile(mirror) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".json"):
                if entry.file_size > LARGEST_BYTES:
                    raise ValueError(f"{entry.filename} is larger than a record can be")
                yield json.loads(archive.read(entry))
