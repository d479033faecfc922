"""The row in which a message that can never be a record is kept, and what it would not hold."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from function.envelope import Message
from function.payload import PoisonMessageError

MAX_WHOLE_BYTES = 7 << 20
"""Base64 of more would pass the 10 MB that BigQuery takes as one row.

Source: https://cloud.google.com/bigquery/quotas#streaming_inserts
"""
KEPT_BYTES = 1 << 20


def holds(poison: PoisonMessageError) -> bool:
    """Tell whether a row can keep the whole message."""
    return len(poison.raw) <= MAX_WHOLE_BYTES


def row(message: Message, poison: PoisonMessageError) -> dict[str, Any]:
    """Write the row for insertAll, with all of the bytes or with the first MiB of them."""
    kept = poison.raw if holds(poison) else poison.raw[:KEPT_BYTES]
    return {
        "reason": poison.reason,
        "message_id": message.message_id,
        "publish_time": message.publish_time.isoformat(),
        "attributes": json.dumps(message.attributes),
        "data": base64.b64encode(kept).decode(),
        "size_bytes": str(len(poison.raw)),
        "sha256": digest(poison),
        "quarantine_time": datetime.now(UTC).isoformat(),
    }


def digest(poison: PoisonMessageError) -> str:
    """SHA-256 of the whole message, by which log, table and dead letter can be told to be one."""
    return hashlib.sha256(poison.raw).hexdigest()
