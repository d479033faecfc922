"""A load generator that costs little: prepared bytes over kept-alive connections.

A full HTTP client would use more of the two cores than the server, and hide what is measured.
"""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from local import layout


@dataclass
class Tally:
    """What was answered."""

    statuses: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.seconds

    def percentile_s(self, share: float) -> float:
        """The latency that `share` (0 to 1) of the answers stayed below."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def request(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Write a request down as it goes over the wire."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def push(number: int) -> bytes:
    """Write the body of a push request."""
    data = json.dumps({"id": number, "name": f"row {number}"}).encode()
    message = {
        "messageId": str(number),
        "publishTime": datetime.now(UTC).isoformat(),
        "data": base64.b64encode(data).decode(),
        "attributes": {},
    }
    return json.dumps({"subscription": layout.SUBSCRIPTION, "message": message}).encode()


async def drive(
    url: str, raw_requests: list[bytes], *, connections: int, seconds: float, rate: float | None
) -> Tally:
    """Send requests in turn over so many connections, for so many seconds.

    Args:
        url: where; loopback only.
        raw_requests: sent round robin.
        connections: each has one request under way.
        seconds: when to stop.
        rate: requests a second in all; None sends as fast as they are answered.

    Raises:
        ValueError: the address is not on loopback.
    """
    parts = urlsplit(url)
    if parts.hostname != "127.0.0.1":
        raise ValueError("load is for loopback alone")
    tally = Tally()
    started = time.perf_counter()
    until = started + seconds

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", parts.port)
        turn = number
        try:
            while True:
                if rate:
                    # An open loop: the schedule does not wait for slow answers.
                    due = started + turn / rate
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                before = time.perf_counter()
                if before >= until:
                    return
                writer.write(raw_requests[turn % len(raw_requests)])
                status, closes = await _answer(reader)
                tally.latencies_s.append(time.perf_counter() - before)
                tally.statuses[status] = tally.statuses.get(status, 0) + 1
                turn += connections
                if closes:
                    writer.close()
                    reader, writer = await asyncio.open_connection("127.0.0.1", parts.port)
        finally:
            writer.close()

    await asyncio.gather(*(one(number) for number in range(connections)))
    tally.seconds = time.perf_counter() - started
    return tally


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = 0
    if (at := head.find(b"content-length:")) >= 0:
        length = int(head[at + 15 : head.index(b"\r\n", at)])
    if length:
        await reader.readexactly(length)
    return int(head[9:12]), b"connection: close" in head
