"""Artifact Registry before a real registry on loopback: who may push what, and tags that stay."""

import base64
import re
from binascii import Error

import aiohttp
from aiohttp import web

from rehearsal.deployment.permits import Permits

USER = "oauth2accesstoken"
REPOSITORIES = ("images", "attestations")
PATH = re.compile(r"/v2/[^/]+/([^/]+)/.*")
MANIFEST = re.compile(r"(/v2/[^/]+/images/.*/manifests/)(?!sha256:)[^/]+")
HOP = {"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"}


class Registry:
    """Answers for REGION-docker.pkg.dev."""

    def __init__(self, permits: Permits, address: str, host: str) -> None:
        """Pass on to the registry at `address`, in the name of `host`."""
        self._permits = permits
        self._address = address
        self._host = host

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Let in whoever may, and pass it on."""
        self._allow(request)
        body = await request.read()
        if request.method == "PUT" and MANIFEST.fullmatch(request.path):
            await self._keep(request, body)
        return await self._pass_on(request, body)

    def _allow(self, request: web.Request) -> None:
        token = _password(request.headers.get("Authorization", ""))
        if not (found := PATH.fullmatch(request.path)) or found[1] not in REPOSITORIES:
            if request.path.rstrip("/") != "/v2" or not self._permits.account(token):
                challenge = {"WWW-Authenticate": 'Basic realm="rehearsal"'}
                raise web.HTTPUnauthorized(headers=challenge)
            return
        reads = request.method in {"GET", "HEAD"}
        methods = ("docker.pull", "docker.push") if reads else ("docker.push",)
        self._permits.check(token, methods, found[1])

    async def _keep(self, request: web.Request, body: bytes) -> None:
        """Refuse to move a tag of an image, as `immutable_tags` does."""
        async with aiohttp.ClientSession() as session:
            headers = {"Accept": request.content_type}
            async with session.get(self._url(request), headers=headers) as there:
                if there.status == web.HTTPOk.status_code and await there.read() != body:
                    raise web.HTTPConflict(text="the tag is immutable")

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        # skopeo names each kind of manifest that it takes in a header of its own.
        left_out = {*HOP, "authorization", "host", "x-forwarded-proto"}
        kept = [(k, v) for k, v in request.headers.items() if k.lower() not in left_out]
        kept += [("Host", self._host), ("X-Forwarded-Proto", "https")]
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method, self._url(request), headers=kept, data=body, allow_redirects=False
            ) as answer,
        ):
            headers = {k: v for k, v in answer.headers.items() if k.lower() not in HOP}
            content = await answer.read()
            if request.method == "HEAD":
                headers["Content-Length"] = answer.headers.get("Content-Length", "0")
            return web.Response(status=answer.status, headers=headers, body=content)

    def _url(self, request: web.Request) -> str:
        return f"http://{self._address}{request.raw_path}"


def _password(header: str) -> str:
    """Take the access token out of what cosign and skopeo send."""
    try:
        user, _, token = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return ""
    return token if user == USER else ""
