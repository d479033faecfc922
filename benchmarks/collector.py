"""Takes spans and forgets them: `python -m benchmarks.collector PORT`, a process of its own."""

import sys

from aiohttp import web


async def take(request: web.Request) -> web.Response:
    """Read all of it, as a collector does before it answers."""
    await request.read()
    return web.Response()


if __name__ == "__main__":
    app = web.Application(client_max_size=16 << 20)
    app.router.add_route("*", "/v1/traces", take)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
