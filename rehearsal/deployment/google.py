"""Google's APIs of the rehearsal: who may call is checked, and each call passed to its part."""

import asyncio
import base64
import re
from collections.abc import Callable

import aiohttp
from aiohttp import web

from local import messaging
from rehearsal.deployment.permits import Permits, bearer

ATTESTOR = "projects/[^/]+/attestors/[^/:]+"
METHODS = (
    ("GET", f"/v1/{ATTESTOR}", "binaryauthorization.projects.attestors.get", "attestor"),
    (
        "POST",
        f"/v1/{ATTESTOR}:validateAttestationOccurrence",
        "binaryauthorization.projects.attestors.validateAttestationOccurrence",
        "attestor",
    ),
    (
        "POST",
        "/v1/projects/.*:asymmetricSign",
        "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.asymmetricSign",
        "attestation-key",
    ),
    (
        "GET",
        "/v1/projects/[^/]+/notes/[^/]+/occurrences",
        "containeranalysis.projects.notes.occurrences.list",
        "note",
    ),
    (
        "POST",
        "/v1/projects/[^/]+/occurrences",
        "containeranalysis.projects.occurrences.create",
        "note",
    ),
    (
        "GET",
        "/v3/projects/[^/]+/timeSeries",
        "monitoring.projects.timeSeries.list",
        "project",
    ),
    (
        "POST",
        "/v1/projects/[^/]+/topics/[^/]+:publish",
        "pubsub.projects.topics.publish",
        "topic",
    ),
)
"""Verb and path of a call, and what access/calls.toml calls method and resource."""


class Google:
    """The APIs behind `SERVICE.googleapis.com` that a release calls."""

    def __init__(
        self,
        permits: Permits,
        attestations: str,
        token: str,
        pubsub_port: Callable[[], int],
        figures: Callable[[str], str],
    ) -> None:
        """Pass on.

        Args:
            permits: says who may what.
            attestations: where the APIs of Binary Authorization are.
            token: which they let in.
            pubsub_port: tells the emulator's.
            figures: tells where Cloud Monitoring's are that a filter asks for.
        """
        self._permits = permits
        self._attestations, self._token = attestations, token
        self._pubsub_port = pubsub_port
        self._figures = figures

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a call."""
        for verb, path, method, resource in METHODS:
            if request.method == verb and re.fullmatch(path, request.path):
                self._permits.check(bearer(request), [method], resource)
                break
        else:
            raise web.HTTPNotImplemented(text=f"{request.method} {request.path}")
        service = request.host.partition(".")[0]
        if service == "pubsub":
            return await self._publish(request)
        if service == "monitoring":
            return await _pass_on(request, self._of_figures(request), self._token)
        return await _pass_on(request, f"{self._attestations}/{service}", self._token)

    def _of_figures(self, request: web.Request) -> str:
        try:
            return self._figures(request.query["filter"])
        except (LookupError, ValueError) as exc:
            raise web.HTTPBadRequest(text=f"no figures of {exc}") from exc

    async def _publish(self, request: web.Request) -> web.Response:
        """Publish for real; the embedded emulator speaks gRPC alone."""
        (sent,) = (await request.json())["messages"]
        topic = request.path.removeprefix("/v1/").removesuffix(":publish")

        def publish() -> str:
            with messaging.publisher(f"127.0.0.1:{self._pubsub_port()}") as client:
                data = base64.b64decode(sent["data"])
                return str(client.publish(topic, data, **sent["attributes"]).result(30))

        return web.json_response({"messageIds": [await asyncio.to_thread(publish)]})


async def _pass_on(request: web.Request, to: str, token: str) -> web.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            request.method, f"{to}{request.raw_path}", data=await request.read(), headers=headers
        ) as answer,
    ):
        return web.Response(
            status=answer.status, body=await answer.read(), content_type=answer.content_type
        )


class GitHub:
    """Says of each run that was noted whether it has ended."""

    def __init__(self) -> None:
        self.ended: dict[tuple[int, int], str] = {}
        """By run and attempt: when."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer for api.github.com."""
        found = re.fullmatch(r"/repos/.+/actions/runs/(\d+)/attempts/(\d+)", request.path)
        if not found:
            raise web.HTTPNotFound
        run = (int(found[1]), int(found[2]))
        told = {"id": run[0], "run_attempt": run[1], "status": "in_progress"}
        if run in self.ended:
            told |= {"status": "completed", "updated_at": self.ended[run]}
        return web.json_response(told)
