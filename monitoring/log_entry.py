"""From a line that a service writes to the entry that Cloud Logging keeps of it.

Source: https://cloud.google.com/run/docs/logging#container-logs and
https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
"""

import json
from typing import Any

LIFTED = {
    "severity": "severity",
    "time": "timestamp",
    "httpRequest": "httpRequest",
    "logging.googleapis.com/labels": "labels",
    "logging.googleapis.com/trace": "trace",
}
"""Fields of the line that become fields of the entry, and are not in its `jsonPayload` any more."""


def of_line(
    line: str, *, service: str, project: str = "test-project", revision: str = ""
) -> dict[str, Any]:
    """Make the entry of one line of a Cloud Run service's standard output."""
    entry: dict[str, Any] = {
        "logName": f"projects/{project}/logs/run.googleapis.com%2Fstdout",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {
                "service_name": service,
                "revision_name": revision or f"{service}-00001",
            },
        },
    }
    try:
        payload = json.loads(line)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return entry | {"textPayload": line}
    lifted = {LIFTED[name]: payload.pop(name) for name in LIFTED if name in payload}
    return entry | lifted | {"jsonPayload": payload}
