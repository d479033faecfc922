"""A proxy in front of the BigQuery emulator that answers as BigQuery does when it is unwell.

The emulator takes what BigQuery refuses and never throttles, so these answers are written here as
BigQuery's documentation has them. A plan is a list of faults; each takes one request that matches.
Source: https://cloud.google.com/bigquery/docs/error-messages
"""

import asyncio
import json
import threading
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from local.front_door import client, forward

REASONS = {
    400: "invalid",
    403: "accessDenied",
    404: "notFound",
    413: "requestTooLarge",
    429: "rateLimitExceeded",
    500: "internalError",
    503: "backendError",
}


@dataclass(slots=True)
class Fault:
    """One misbehaviour.

    `kind` is `status` (answer `status`), `insert_errors` (refuse the rows whose `column` has one
    of `values`, as insertAll does), `slow` (answer after `seconds`), `unfinished` (say of a query
    that has run that it still runs), `reset` (close the connection without an answer) or
    `written_then_reset` (the same after the rows are durable).
    """

    kind: str
    path: str = "insertAll"
    status: int = 503
    seconds: float = 0.0
    column: str = "id"
    values: tuple[str, ...] = ()
    times: int | None = 1
    """How many requests it takes; None takes all."""


class FaultProxy:
    """Forwards to `target`, except where a fault is planned."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._plan: list[Fault] = []
        self.inserts: list[list[dict[str, Any]]] = []
        """The rows of each insertAll that reached the proxy."""

    def plan(self, *faults: Fault) -> None:
        """Replace what is planned."""
        with self._lock:
            self._plan = list(faults)
            self.inserts = []

    def application(self) -> web.Application:
        """Serve every path and method."""
        app = web.Application(client_max_size=64 << 20)
        app.cleanup_ctx.append(client)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        rows = await self._note_rows(request)
        fault = self._next(request.path)
        if fault is None:
            return await self._pass_on(request)
        if fault.kind == "status":
            return _error(fault.status)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await self._pass_on(request)
        if fault.kind == "insert_errors":
            refused = [
                index for index, row in enumerate(rows) if row.get(fault.column) in fault.values
            ]
            return _insert_errors(refused, len(rows)) if refused else await self._pass_on(request)
        if fault.kind == "unfinished":
            return _unfinished(await self._pass_on(request))
        if fault.kind == "written_then_reset":
            await self._pass_on(request)
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _note_rows(self, request: web.Request) -> list[dict[str, Any]]:
        if not request.path.endswith("insertAll"):
            return []
        rows = [row["json"] for row in json.loads(await request.read())["rows"]]
        with self._lock:
            self.inserts.append(rows)
        return rows

    def _next(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self._plan:
                if fault.path in path:
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times == 0:
                            self._plan.remove(fault)
                    return fault
        return None

    async def _pass_on(self, request: web.Request) -> web.Response:
        return await forward(request, self._target, list(request.headers.items()))


def _error(status: int) -> web.Response:
    reason = REASONS.get(status, "backendError")
    detail = {"reason": reason, "message": reason, "domain": "global"}
    body = {"error": {"code": status, "message": reason, "errors": [detail]}}
    return web.json_response(body, status=status)


def _unfinished(answer: web.Response) -> web.Response:
    """Keep the name of the job alone, as jobs.query answers once its `timeoutMs` have passed."""
    job = json.loads(answer.body)["jobReference"]  # type: ignore[arg-type]  # `forward` gives bytes
    body = {"kind": "bigquery#queryResponse", "jobReference": job, "jobComplete": False}
    return web.json_response(body)


def _insert_errors(refused: list[int], total: int) -> web.Response:
    """Refuse some rows, and with them all of their neighbours, as insertAll does by default."""
    errors = [
        {
            "index": index,
            "errors": [{"reason": "invalid" if index in refused else "stopped", "message": ""}],
        }
        for index in range(total)
    ]
    return web.json_response(
        {"kind": "bigquery#tableDataInsertAllResponse", "insertErrors": errors}
    )
