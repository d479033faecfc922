"""Publishes messages to a topic, the local one or a real one."""

import base64
from collections.abc import Iterable, Iterator, Sequence

from google.cloud.pubsub_v1 import PublisherClient
from rich.progress import Progress

from function import payload
from function.payload import PoisonMessageError
from local import messaging
from local.layout import LocalError
from local.records import Outgoing
from servicekit import contract

WINDOW = 1000
"""Messages under way at once, so that a large file does not have to fit into memory twice."""


def read(lines: Iterable[str], *, unchecked: bool = False) -> list[Outgoing]:
    """Read one JSON object a line, and nothing is published unless all of them are rows.

    Raises:
        LocalError: naming the first line that the function would quarantine.
    """
    table = contract.load()
    found = []
    for number, line in enumerate(lines, start=1):
        data = line.strip().encode("utf-8", "surrogateescape")
        if not data:
            continue
        try:
            unchecked or payload.decode(base64.b64encode(data).decode(), table)
        except PoisonMessageError as exc:
            names = ", ".join(column.name for column in table.payload)
            raise LocalError(
                f"line {number} would be quarantined ({exc.reason}); a record has {names}"
            ) from exc
        found.append(Outgoing(data))
    if not found:
        raise LocalError("nothing to publish: give DATA='{...}', or FILE=records.jsonl")
    return found


def publish(
    client: PublisherClient, topic: str, messages: Sequence[Outgoing], progress: Progress
) -> list[str]:
    """Publish all messages; return their ids, in order, once Pub/Sub has confirmed each."""
    ids: list[str] = []
    task = progress.add_task("publish", total=len(messages))
    for window in _windows(messages):
        futures = [client.publish(topic, item.data, **item.attributes) for item in window]
        for future in futures:
            ids.append(future.result(timeout=60))
            progress.advance(task)
    return ids


def connect(emulator_host: str | None) -> PublisherClient:
    """Connect to the emulator, or with the caller's own credentials to Pub/Sub."""
    return messaging.publisher(emulator_host) if emulator_host else PublisherClient()


def _windows(messages: Sequence[Outgoing]) -> Iterator[Sequence[Outgoing]]:
    for start in range(0, len(messages), WINDOW):
        yield messages[start : start + WINDOW]
