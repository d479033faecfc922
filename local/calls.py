"""From a request on the wire to the API methods that it calls; no I/O here."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import jwt
from aiohttp import web
from google.cloud.pubsub_v1.types import PublishRequest

from local import layout
from servicekit.identity import REMOVED_SIGNATURE

PROJECT = f"/bigquery/v2/projects/{layout.PROJECT}"
TABLES = f"{PROJECT}/datasets/{layout.DATASET}/tables"
METHODS = (
    ("jobs.query", "POST", f"{PROJECT}/queries"),
    ("jobs.getQueryResults", "GET", rf"{PROJECT}/queries/[\w-]+"),
    ("jobs.get", "GET", rf"{PROJECT}/jobs/[\w-]+"),
    ("jobs.cancel", "POST", rf"{PROJECT}/jobs/[\w-]+/cancel"),
    ("tables.get", "GET", rf"{TABLES}/(\w+)"),
    ("tabledata.insertAll", "POST", rf"{TABLES}/(\w+)/insertAll"),
)
"""Source: https://cloud.google.com/bigquery/docs/reference/rest"""
RESOURCES = {
    layout.TABLE: "rows",
    layout.QUARANTINE_TABLE: "quarantine",
    layout.TOPIC: "topic",
}
"""What is called, by the names that access/calls.toml has for it."""
ACCOUNTS = {layout.READER: "caller", layout.PUSHER: "pubsub-push"}


class UnknownCallError(Exception):
    """Somebody called what has no name here."""


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One method that one identity calls on one resource, however often.

    A call on a job names the project in which the job runs.
    """

    identity: str
    method: str
    resource: str


Reader = Callable[[web.Request, bytes], list[Call]]
"""Reads a request and its body; raises `UnknownCallError`."""


def bigquery(identity: str) -> Reader:
    """Make a reader of what `identity` asks of BigQuery."""

    def read(request: web.Request, body: bytes) -> list[Call]:
        for name, verb, path in METHODS:
            found = re.fullmatch(path, request.path)
            if found and verb == request.method:
                tables = _queried(body) if name == "jobs.query" else found.groups()
                resources = [_named(table) for table in tables] or ["project"]
                return [Call(identity, f"bigquery.{name}", each) for each in resources]
        raise UnknownCallError(f"{identity}: {request.method} {request.path}")

    return read


def invocation(service: str) -> Reader:
    """Make a reader of who was let into `service`; a probe is the platform's own."""

    def read(request: web.Request, _body: bytes) -> list[Call]:
        if request.method == "GET" and request.path.startswith("/health/"):
            return []
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token.endswith(f".{REMOVED_SIGNATURE}"):
            raise UnknownCallError(f"{service}: {request.path} came past the front door")
        # The front door verified it and took the signature away.
        email = jwt.decode(token, options={"verify_signature": False})["email"]
        if email not in ACCOUNTS:
            raise UnknownCallError(f"{service}: called by {email}")
        return [Call(ACCOUNTS[email], "run.routes.invoke", service)]

    return read


def publication(raw_request: bytes) -> list[Call]:
    """Read a PublishRequest.

    Raises:
        UnknownCallError: the topic is not ours.
    """
    topic = PublishRequest.deserialize(raw_request).topic
    return [Call("publisher", "pubsub.projects.topics.publish", _named(topic))]


def _queried(body: bytes) -> list[str]:
    """Find the tables that a query reads: what follows FROM or JOIN and is no part of itself."""
    sql = json.loads(body)["query"]
    # The same method also writes, which needs more than reading.
    if not re.match(r"\s*(?:SELECT|WITH)\b", sql) or ";" in sql:
        raise UnknownCallError(f"no plain query: {sql}")
    sources = set(re.findall(r"\b(?:FROM|JOIN)\s+([^\s()]+)", sql))
    own = set(re.findall(r"(\w+) AS \(", sql))
    prefix = f"`{layout.PROJECT}.{layout.DATASET}."
    tables = [source.removeprefix(prefix).removesuffix("`") for source in sources - own]
    if not tables:
        raise UnknownCallError(f"a query of no table: {sql}")
    return tables


def _named(what: str) -> str:
    if what not in RESOURCES:
        raise UnknownCallError(f"{what} has no name")
    return RESOURCES[what]
