"""Provokes every call that the pipeline can make, so that all of them are recorded."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import requests
from rich.progress import Progress

from local import calls, demo, layout, messaging, publish
from local.caller import bearer, mint, pages
from local.calls import Call
from local.faults import Fault
from local.layout import LocalError, Ports
from local.recording import Recording, Tap, publishing
from local.records import POISON, Outgoing
from local.serving import serving
from local.stack import Stack

RECORDS = 7
INGEST_TIMEOUT_S = 30.0
SINCE = "2020-01-01T00:00:00Z"
FILTERS = ("id=1", "name=row+2", f"since={SINCE}", f"until={SINCE}", "id=3&limit=1")
NOBODY = f"nobody@{layout.PROJECT}.iam.gserviceaccount.com"


def record(folder: Path = layout.FOLDER / "recording") -> list[Call]:
    """Run a pipeline on free ports from its start to its stop; `folder` gets its logs.

    Raises:
        LocalError: a call has no name, or something was not answered as it should be.
    """
    for old in folder.glob("*.log"):
        old.unlink()
    seen = Recording()
    ports = Ports.free()
    with ExitStack() as exits:
        queries, api_changes = _tap("api", "data-api", ports, seen, exits)
        _, function_changes = _tap("function", "pubsub-to-bigquery", ports, seen, exits)
        stack = Stack(
            ports,
            pubsub="embedded",
            api_changes={**api_changes, "CACHE_TTL": "0ms", "QUERY_TIMEOUT": "8s"},
            function_changes=function_changes,
            folder=folder,
        )
        with stack, publishing(f"127.0.0.1:{ports.pubsub}", seen) as publisher:
            _ingest(stack, publisher)
            _read(stack)
            _wait_for_queries(stack, queries)
            _refusals(stack)
    return seen.calls()


def _tap(
    name: str, identity: str, ports: Ports, seen: Recording, exits: ExitStack
) -> tuple[Tap, dict[str, str]]:
    """Put taps before a service and behind it; return the one behind, and what to tell the service.

    The front door finds the tap where the service would be.
    """
    (port,) = layout.free_ports(1)
    front = Tap(f"http://127.0.0.1:{port}", calls.invocation(name), seen)
    exits.enter_context(serving(front.application(), getattr(ports, f"{name}_service")))
    back = Tap(ports.url("bigquery"), calls.bigquery(identity), seen)
    url = exits.enter_context(serving(back.application()))
    return back, {"PORT": str(port), "BIGQUERY_EMULATOR_HOST": url}


def _messages() -> Iterator[Outgoing]:
    for number in range(RECORDS):
        yield Outgoing(f'{{"id": {number}, "name": "row {number}"}}'.encode())
    for _ in range(2):
        yield Outgoing(b'{"id": 7, "name": "twice"}', {"event_id": "twice"})
    for data in POISON:
        yield Outgoing(data, {"origin": "exercise"})


def _ingest(stack: Stack, publisher: str) -> None:
    with messaging.publisher(publisher) as client:
        progress = Progress(disable=True)
        ids = publish.publish(client, layout.TOPIC, list(_messages()), progress)
    until = time.monotonic() + INGEST_TIMEOUT_S
    log_path = stack.children["function"].log_path
    while len({event["fields"]["message_id"] for event in demo.acknowledged(log_path)}) < len(ids):
        if time.monotonic() > until:
            raise LocalError(f"not every message was kept; see {log_path}")
        time.sleep(0.05)


def _read(stack: Stack) -> None:
    api = stack.ports.url("api")
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    rows = [row for page in pages(api, token, "limit=3") for row in page]
    if len(rows) != RECORDS + 1:
        raise LocalError(f"{len(rows)} rows came back")
    for query in FILTERS:
        _expect(200, f"{api}/data?{query}", token)
    _expect(200, f"{api}/openapi.json", token)
    for name in ("api", "function"):
        _expect(200, f"{stack.ports.url(f'{name}_service')}/health/ready")


def _wait_for_queries(stack: Stack, queries: Tap) -> None:
    """Read while BigQuery takes its time; once it fails then, and the client cancels the job."""
    url = f"{stack.ports.url('api')}/data"
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    queries.plan(Fault("unfinished", "/queries"))
    _expect(200, url, token)
    queries.plan(Fault("unfinished", "/queries"), Fault("status", "/queries/", status=400))
    _expect(503, url, token)


def _refusals(stack: Stack) -> None:
    """Ask for what the front doors must not let in, or the recording would name the caller."""
    issuer, api = stack.ports.url("issuer"), stack.ports.url("api")
    _expect(401, f"{api}/data")
    _expect(403, f"{api}/data", mint(issuer, NOBODY, layout.API_AUDIENCE))
    _expect(403, f"{api}/data", mint(issuer, layout.PUSHER, layout.API_AUDIENCE))
    reader = mint(issuer, layout.READER, layout.FUNCTION_AUDIENCE)
    _expect(403, stack.ports.url("function"), reader)


def _expect(status: int, url: str, token: str | None = None) -> None:
    answer = requests.get(url, headers=bearer(token) if token else {}, timeout=15)
    if answer.status_code != status:
        raise LocalError(f"{url} answered {answer.status_code}, not {status}: {answer.text[:200]}")
