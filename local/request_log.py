"""The platform's request log: one line for each request, admitted or not, as Cloud Run writes it.

Source: https://cloud.google.com/run/docs/logging and the LogEntry of Cloud Logging's API
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from local import layout

LOG_NAME = f"projects/{layout.PROJECT}/logs/run.googleapis.com%2Frequests"
NOT_ADMITTED = "The request was not authenticated or not authorized to invoke this service."
"""Cloud Run leaves such requests out of `request_count`, and says so in the entry's text."""

Write = Callable[[str], None]


def write_line(line: str) -> None:
    """Write to standard output at once."""
    print(line, flush=True)


class RequestLog:
    """Writes the entries of one service."""

    def __init__(self, service: str, url: str, write: Write = write_line) -> None:
        """Write what is asked of `service`, which callers know as `url`."""
        self._url = url
        self._resource = {"type": "cloud_run_revision", "labels": {"service_name": service}}
        self._write = write

    def note(self, method: str, path: str, status: int, seconds: float, *, admitted: bool) -> None:
        """Write one entry; `path` is without the query, whose values may be personal."""
        severe = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        entry = {
            "logName": LOG_NAME,
            "resource": self._resource,
            "timestamp": datetime.now(UTC).isoformat(),
            "severity": "ERROR"
            if severe
            else "WARNING"
            if status >= HTTPStatus.BAD_REQUEST
            else "INFO",
            "httpRequest": {
                "requestMethod": method,
                "requestUrl": f"{self._url}{path}",
                "status": status,
                "latency": f"{seconds:.6f}s",
            },
            **({} if admitted else {"textPayload": NOT_ADMITTED}),
        }
        self._write(json.dumps(entry, separators=(",", ":")))
