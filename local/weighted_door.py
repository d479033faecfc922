"""The front door of a service with several revisions: `python -m local.weighted_door SETTINGS`.

It lets in whom `front_door` lets in, divides the requests as `traffic` says, and keeps the figures
on which a canary is decided. SETTINGS is JSON; see `Settings`.
"""

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from local.front_door import FrontDoor, forward
from local.layout import LocalError
from local.measurements import Measurements
from local.traffic import Route, Traffic


class Settings(BaseModel):
    """Where it listens on loopback, and what it obeys."""

    model_config = ConfigDict(strict=False, frozen=True, extra="forbid")

    service: str
    port: int
    tags: Mapping[str, int]
    """The port of each tag, where the revision that carries it answers, whatever its share."""
    figures_port: int
    """Cloud Monitoring's `timeSeries`, and `/status`."""
    traffic: Path
    revisions: Path
    audience: str
    invokers: frozenset[str]
    keys_url: str
    told_of_latency: float = Field(default=1, gt=0, le=1)
    """The part of each latency that is told as a figure: where a rehearsal makes the requests of a
    minute within a second, they wait for each other as they never would."""


class Division:
    """Divides requests among the revisions, and measures what they do with them."""

    def __init__(self, settings: Settings) -> None:
        self._traffic = Traffic(settings.traffic, settings.revisions)
        self._numbers = count()
        self._in_flight: Counter[str] = Counter()
        self._divided: Counter[str] = Counter()
        self._told = settings.told_of_latency
        self.figures = Measurements(settings.service)

    def choose(self, tag: str | None) -> Route | None:
        """Choose by the percentages, or by a tag; None if no revision carries that."""
        routes = self._traffic.routes()
        if tag:
            return routes.tagged(tag)
        route = routes.choose(next(self._numbers))
        self._divided[route.revision] += 1
        return route

    async def carry(
        self, request: web.Request, headers: list[tuple[str, str]], route: Route
    ) -> web.Response:
        """Hand a request to a revision, which keeps it whatever the traffic becomes meanwhile."""
        self._in_flight[route.revision] += 1
        started = time.perf_counter()
        try:
            response = await forward(request, route.url, headers)
        finally:
            self._in_flight[route.revision] -= 1
        took = time.perf_counter() - started
        self.figures.note(route.revision, response.status, took * self._told)
        return response

    async def status(self, _request: web.Request) -> web.Response:
        """Tell what is obeyed, who got how many requests by it, and who still works on some."""
        routes = self._traffic.routes()
        return web.json_response(
            {
                "traffic": [target.model_dump() for target in routes.targets],
                "refused": self._traffic.refused,
                "divided": self._divided,
                "in_flight": {name: number for name, number in self._in_flight.items() if number},
            }
        )


class WeightedDoor(FrontDoor):
    """The front door of the service, or of whatever revision carries a tag."""

    def __init__(self, settings: Settings, division: Division, tag: str | None = None) -> None:
        super().__init__(
            "",
            audience=settings.audience,
            invokers=settings.invokers,
            keys_url=settings.keys_url,
        )
        self._division = division
        self._tag = tag

    async def _pass_on(
        self, request: web.Request, headers: list[tuple[str, str]]
    ) -> web.StreamResponse:
        route = self._division.choose(self._tag)
        if route is None:
            return web.Response(status=404)
        return await self._division.carry(request, headers, route)


def applications(settings: Settings) -> dict[int, web.Application]:
    """Make the applications, by the port that they are served at.

    Raises:
        LocalError: there is no traffic yet that could be obeyed.
    """
    division = Division(settings)
    figures = division.figures.application()
    figures.router.add_get("/status", division.status)
    return {
        settings.figures_port: figures,
        settings.port: WeightedDoor(settings, division).application(),
        **{
            port: WeightedDoor(settings, division, tag).application()
            for tag, port in settings.tags.items()
        },
    }


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests that are under way are answered first."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        for port, app in applications(settings).items():
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=8)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
        await ended.wait()


if __name__ == "__main__":
    try:
        asyncio.run(serve(Settings.model_validate_json(sys.argv[1])))
    except LocalError as exc:
        sys.exit(str(exc))
