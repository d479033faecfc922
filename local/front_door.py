"""What Cloud Run's IAM does in front of a private service, in front of a local one.

It verifies the ID token itself, lets invokers through, and hands the token on with its signature
removed. Source: https://cloud.google.com/run/docs/authenticating/service-to-service
"""

import asyncio
import io
import time
from http import HTTPStatus

import aiohttp
from aiohttp import web
from werkzeug.datastructures import Headers

from local.request_log import RequestLog
from servicekit.identity import (
    REMOVED_SIGNATURE,
    ForbiddenError,
    IdentitySettings,
    TokenVerifier,
    UnauthenticatedError,
    UnavailableError,
)

MAX_BODY_BYTES = 32 << 20
"""Source: https://cloud.google.com/run/quotas"""
HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)
TIMEOUT = aiohttp.ClientTimeout(total=60)


class FrontDoor:
    """A reverse proxy that only lets invokers through."""

    def __init__(
        self,
        target: str,
        *,
        audience: str,
        invokers: frozenset[str],
        keys_url: str,
        log: RequestLog | None = None,
    ) -> None:
        """Stand in front of `target`; its own verification never believes a removed signature."""
        self._target = target
        self._log = log
        self._verifier = TokenVerifier(
            IdentitySettings(
                mode="verify", audiences=(audience,), callers=invokers, keys_url=keys_url
            )
        )

    def application(self) -> web.Application:
        """Serve every path and method."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.cleanup_ctx.append(client)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        refusal = await self._refuse(request)
        response = await self._pass_on(request, _unsigned(request)) if refusal is None else refusal
        if self._log:
            seconds = time.perf_counter() - started
            self._log.note(
                request.method, request.path, response.status, seconds, admitted=refusal is None
            )
        return response

    async def _refuse(self, request: web.Request) -> web.Response | None:
        try:
            await self._admit(request.headers.getall(_checked(request), []))
        except UnauthenticatedError:
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        except ForbiddenError:
            return web.Response(status=403)
        except UnavailableError:
            return web.Response(status=503)
        return None

    async def _pass_on(
        self, request: web.Request, headers: list[tuple[str, str]]
    ) -> web.StreamResponse:
        return await forward(request, self._target, headers)

    async def _admit(self, values: list[str]) -> None:
        if len(values) != 1:
            raise UnauthenticatedError("not exactly one token")
        # The verifier may fetch keys, which blocks.
        headers = Headers({"Authorization": values[0]})
        await asyncio.to_thread(self._verifier.verify, headers)


def _checked(request: web.Request) -> str:
    """Name the header that counts: IAM looks at the serverless one alone where there is one."""
    serverless = "X-Serverless-Authorization"
    return serverless if serverless in request.headers else "Authorization"


def _unsigned(request: web.Request) -> list[tuple[str, str]]:
    """Give the headers as the service gets them: the token without its signature."""
    checked = _checked(request)
    headers = [(name, value) for name, value in request.headers.items() if name != checked]
    unsigned = request.headers[checked].rpartition(".")[0]
    return [*headers, (checked, f"{unsigned}.{REMOVED_SIGNATURE}")]


SESSION = web.AppKey("session", aiohttp.ClientSession)


async def client(app: web.Application):  # type: ignore[no-untyped-def]  # noqa: ANN201 - aiohttp's own shape
    """Keep one HTTP client for as long as the application runs."""
    connector = aiohttp.TCPConnector(limit=256)
    async with aiohttp.ClientSession(
        connector=connector, timeout=TIMEOUT, auto_decompress=False
    ) as session:
        app[SESSION] = session
        yield


async def forward(
    request: web.Request, target: str, headers: list[tuple[str, str]]
) -> web.Response:
    """Hand a request on, and its response back, as they are."""
    kept = [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]
    try:
        async with request.app[SESSION].request(
            request.method,
            target + request.raw_path,
            headers=kept,
            # Large bytes must come as a file, or aiohttp warns that they hold up everything else.
            data=io.BytesIO(await request.read()),
            allow_redirects=False,
        ) as answer:
            back = [(n, v) for n, v in answer.headers.items() if n.lower() not in HOP_BY_HOP]
            response = web.Response(status=answer.status, body=await answer.read())
            response.headers.extend(back)
            return response
    except (aiohttp.ClientError, TimeoutError):
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
