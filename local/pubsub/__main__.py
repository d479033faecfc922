"""Serves the embedded Pub/Sub: `python -m local.pubsub --port 8085 --issuer http://127.0.0.1:8082`.

Point `PUBSUB_EMULATOR_HOST` at it, and the standard clients use it.
"""

import asyncio
import signal

import aiohttp
import click
import grpc.aio

from local.pubsub.backlog import Backlog
from local.pubsub.push import CONCURRENCY, Pusher, TokenSource
from local.pubsub.resources import Resources
from local.pubsub.service import MAX_GRPC_BYTES, Service


async def serve(port: int, issuer: str) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    connector = aiohttp.TCPConnector(limit=CONCURRENCY * 4)
    # Each push has its subscription's own deadline, up to 600 s.
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        tokens = TokenSource(issuer, http)
        pushers: dict[int, asyncio.Task[None]] = {}

        def push_changed(backlog: Backlog) -> None:
            pusher = pushers.pop(id(backlog), None)
            if pusher:
                pusher.cancel()
            if backlog.subscription.push_config.push_endpoint:
                pushers[id(backlog)] = asyncio.create_task(Pusher(backlog, tokens, http).run())

        server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", MAX_GRPC_BYTES),
                ("grpc.max_send_message_length", MAX_GRPC_BYTES),
                ("grpc.so_reuseport", 0),
            ]
        )
        server.add_generic_rpc_handlers(Service(Resources(), push_changed).handlers())
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        print(f"listening on 127.0.0.1:{port}", flush=True)
        await ended.wait()
        for pusher in pushers.values():
            pusher.cancel()
        await server.stop(grace=0.5)


@click.command()
@click.option("--port", type=int, required=True, help="0 takes a free one.")
@click.option("--issuer", required=True, help="URL of the issuer of the push identities' tokens.")
def main(port: int, issuer: str) -> None:
    """Serve the embedded Pub/Sub on loopback."""
    asyncio.run(serve(port, issuer))


if __name__ == "__main__":
    main()
