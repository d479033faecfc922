"""Carries connections between addresses: `link.py LINKS READY`.

LINKS is JSON, pairs of where to listen and where to connect then: `[["tcp:8080", "unix:/a"]]`;
the file READY appears once all listen. A container without any network reaches
through it what it needs, over Unix sockets, and nothing else. Standard library alone, since the
other end runs inside of the image.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

CHUNK_BYTES = 1 << 16
HOST = "127.0.0.1"


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()
        sink.write_eof()


async def _connect(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    kind, _, address = target.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(address)
    return await asyncio.open_connection(HOST, int(address))


async def _listen(address: str, target: str) -> asyncio.AbstractServer:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await _connect(target)
        except OSError:
            writer.close()  # the caller sees a connection that ends, as from a server that ended
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        for end in (writer, far_writer):
            end.close()

    kind, _, place = address.partition(":")
    if kind == "unix":
        return await asyncio.start_unix_server(carry, place)
    return await asyncio.start_server(carry, HOST, int(place))


async def main(links: list[list[str]], ready: Path) -> None:
    """Carry until we are ended; `ready` is made once all listen."""
    os.umask(0)  # both ends must write to the sockets; their folder keeps others out
    servers = [await _listen(address, target) for address, target in links]
    # The first process of a container gets no signal that it does not ask for.
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    ready.touch()  # noqa: ASYNC240 - once, before there is anything to hold up
    await ended.wait()
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), Path(sys.argv[2])))
