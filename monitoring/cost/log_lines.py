"""How long the services' own log lines are, taken from the code that writes them."""

import io
from datetime import UTC, datetime
from functools import cache

from app.audit import AuditTrail
from app.selection import Filter, Selection
from servicekit.identity import Caller
from servicekit.logs import Log

PROJECT = "project-of-about-this-length"
REQUEST_LOG_BYTES = 1000
"""Cloud Run's own line for each request. An assumption: none was ever seen here."""


@cache
def audit_line_bytes() -> int:
    """Measure the line that a read writes."""
    stream = io.StringIO()
    account = f"reader@{PROJECT}.iam.gserviceaccount.com"
    caller = Caller(email=account, subject="1" * 21, audience="data-api")
    since = Filter(since=datetime(2026, 12, 1, tzinfo=UTC))
    table = f"{PROJECT}.analytics_dataset.example_table"
    trail = AuditTrail(Log(PROJECT, stream), table)
    trail.allow(caller, Selection(since, limit=10), rows=10, job_id="job_" + "x" * 28)
    return len(stream.getvalue().encode())


@cache
def ingest_line_bytes() -> int:
    """Measure the line that a stored message writes."""
    stream = io.StringIO()
    Log(PROJECT, stream).write(
        "INFO",
        "ingest.committed",
        status=204,
        message_id="1" * 17,
        e2e_seconds=0.123456,
        publish_trace_id=None,
    )
    return len(stream.getvalue().encode())
