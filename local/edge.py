"""Everything that Google would run around the services: issuer, front doors, push signer.

`python -m local.edge '{"issuer": PORT, ...}'` serves each on a loopback port of its own.
"""

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web

from local import layout
from local.front_door import FrontDoor
from local.issuer import Issuer, application
from local.layout import Ports
from local.request_log import RequestLog
from local.signer import Signer


def applications(ports: Ports) -> dict[str, web.Application]:
    """Make the applications, by the name of the port that they are served at."""
    issuer = Issuer()
    keys_url = f"{ports.url('issuer')}/oauth2/v3/certs"
    # The stranger may pass the platform and not the services: so that both refusals can be seen.
    api_invokers = frozenset({layout.READER, layout.STRANGER})
    return {
        "issuer": application(issuer),
        "api": FrontDoor(
            ports.url("api_service"),
            audience=layout.API_AUDIENCE,
            invokers=api_invokers,
            keys_url=keys_url,
            log=RequestLog("data-api", layout.API_AUDIENCE),
        ).application(),
        "function": FrontDoor(
            ports.url("function_service"),
            audience=layout.FUNCTION_AUDIENCE,
            invokers=frozenset({layout.PUSHER}),
            keys_url=keys_url,
            log=RequestLog("pubsub-to-bigquery", layout.FUNCTION_AUDIENCE),
        ).application(),
        "signer": Signer(
            ports.url("function"),
            issuer=issuer,
            email=layout.PUSHER,
            audience=layout.FUNCTION_AUDIENCE,
        ).application(),
    }


async def serve(ports: Ports) -> None:
    """Serve until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        for name, app in applications(ports).items():
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", getattr(ports, name)).start()
        await ended.wait()


if __name__ == "__main__":
    ports: dict[str, Any] = json.loads(sys.argv[1])
    asyncio.run(serve(Ports(**ports)))
