"""What a drill publishes, and what its readers must find: each acknowledged record, once."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Self

from google.cloud.pubsub_v1 import PublisherClient

from local import layout, records
from local.caller import mint, pages
from local.layout import Ports
from recovery.place import Place

WINDOW = 500
LIVE_PER_S = 20
"""Records a second while the pipeline is lost and restored."""
Record = tuple[int, str]


class Load:
    """Publishes numbered records and remembers those that Pub/Sub acknowledged.

    Every second one has an `event_id`, every tenth is sent twice under it; the rest are told apart
    by their message ids alone.
    """

    def __init__(self, place: Place) -> None:
        self.acknowledged: set[Record] = set()
        self._place = place
        self._numbers = iter(range(1, 1 << 62))

    def publish(self, count: int) -> int:
        """Publish records; return the number of their messages once all are acknowledged."""
        with self._place.publisher() as client:
            return sum(
                self._send(client, min(WINDOW, count - start)) for start in range(0, count, WINDOW)
            )

    def publish_poison(self) -> None:
        """Publish what can never become a row."""
        with self._place.publisher() as client:
            for data in records.POISON:
                client.publish(layout.TOPIC, data, origin="drill").result(timeout=60)

    def _send(self, client: PublisherClient, count: int) -> int:
        sent = [self._record() for _ in range(count)]
        futures = []
        for number, name in sent:
            data = json.dumps({"id": number, "name": name}).encode()
            attributes = {"event_id": f"drill-{number}"} if number % 2 else {}
            copies = 2 if attributes and number % 10 == 1 else 1
            futures += [client.publish(layout.TOPIC, data, **attributes) for _ in range(copies)]
        for future in futures:
            future.result(timeout=60)
        self.acknowledged.update(sent)
        return len(futures)

    def _record(self) -> Record:
        number = next(self._numbers)
        return number, f"{records.OWN_NAMES[number % len(records.OWN_NAMES)]} {number}"


class Live:
    """Goes on publishing in the background until it is left."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live")
        self.fault: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.wait(0.1):
                self._load.publish(LIVE_PER_S // 10)
        except Exception as exc:  # noqa: BLE001 - it is the drill's to tell
            self.fault = exc


def read_back(ports: Ports) -> Counter[Record]:
    """Read everything through GET /data, as a reader would."""
    token = mint(ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    return Counter(
        (row["id"], row["name"])
        for page in pages(ports.url("api"), token, "limit=1000")
        for row in page
    )


def until(timeout_s: float, pause_s: float = 0.5) -> Iterator[float]:
    """Give the seconds since the start, with pauses, until the time is over."""
    started = time.monotonic()
    while (passed := time.monotonic() - started) < timeout_s:
        yield passed
        time.sleep(pause_s)
