"""Lines as the parts of the pipeline write them, by the code that writes them."""

import io

from local import layout
from local.observation.entries import DOORS, parse
from local.observation.recorder import Sample
from local.request_log import RequestLog
from servicekit.logs import Log


def reported(event, severity="INFO", service="function", **fields):
    """Give the entry of a service's line."""
    return parse(written(event, severity, **fields), service)


def written(event, severity="INFO", **fields):
    """Write a service's line."""
    stream = io.StringIO()
    Log(layout.PROJECT, stream).write(severity, event, **fields)
    return stream.getvalue()


def requested(service, status, seconds=0.01, *, method="GET", path="/data", admitted=True):
    """Give the entry of a request to `data-api` or `pubsub-to-bigquery`."""
    lines = []
    url = {"data-api": layout.API_AUDIENCE, "pubsub-to-bigquery": layout.FUNCTION_AUDIENCE}
    log = RequestLog(service, url[service], lines.append)
    log.note(method, path, status, seconds, admitted=admitted)
    return parse(lines[0], DOORS)


def sample(number, counters=None, gauges=None):
    """Make a second's sample of counters and gauges alone."""
    return Sample(number, counters or {}, gauges or {}, {}, {}, (0, 0.0), 0)
