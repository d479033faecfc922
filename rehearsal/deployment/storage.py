"""Cloud Storage's objects in memory, with generations and preconditions, for the bucket's names.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects, and request-preconditions
"""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from urllib.parse import unquote

from aiohttp import web

from rehearsal.deployment.permits import Permits, bearer

OBJECT = re.compile(r"(?:/download)?/storage/v1/b/([^/]+)/o/(.+)")
LIST = re.compile(r"/storage/v1/b/([^/]+)/o")
UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")
OF_A_PATH = re.compile(r"/([a-z0-9-]+)/(.+)")
"""XML's way, by which Go's library reads."""
Put = Callable[[str, str, bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Stored:
    """An object."""

    content: bytes
    generation: int


class Storage:
    """Some buckets."""

    def __init__(self, permits: Permits, buckets: dict[str, str]) -> None:
        """Hold buckets by name, each with what access/calls.toml calls it."""
        self.objects: dict[tuple[str, str], Stored] = {}
        self.before: Put | None = None
        """Is told of each object before it is there, and may change it, or wait."""
        self._permits = permits
        self._buckets = buckets
        self._generations = count(int(datetime.now(UTC).timestamp() * 1e6))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer for storage.googleapis.com."""
        path = unquote(request.raw_path.partition("?")[0])
        if request.method == "POST" and (found := UPLOAD.fullmatch(path)):
            return await self._upload(request, self._bucket(found[1]))
        if request.method == "GET" and (found := LIST.fullmatch(path)):
            self._allow(request, "list", found[1])
            prefix = request.query.get("prefix", "")
            names = sorted(n for b, n in self.objects if b == found[1] and n.startswith(prefix))
            return web.json_response({"items": [self._told(found[1], name) for name in names]})
        if found := OBJECT.fullmatch(path) or OF_A_PATH.fullmatch(path):
            bucket, name = self._bucket(found[1]), found[2]
            if request.method == "GET":
                self._allow(request, "get", bucket)
                whole = not OBJECT.fullmatch(path) or request.query.get("alt") == "media"
                return self._read(bucket, name, whole=whole)
            if request.method == "DELETE":
                self._allow(request, "delete", bucket)
                self._match(request, bucket, name)
                self.objects.pop((bucket, name))
                return web.Response(status=204)
        raise web.HTTPNotImplemented(text=f"{request.method} {path}")

    def _bucket(self, name: str) -> str:
        if name not in self._buckets:
            raise web.HTTPNotFound
        return name

    def _allow(self, request: web.Request, verb: str, bucket: str) -> None:
        method = f"storage.objects.{verb}"
        self._permits.check(bearer(request), [method], self._buckets[self._bucket(bucket)])

    def _match(self, request: web.Request, bucket: str, name: str) -> None:
        """Keep a precondition; a generation of 0 stands for "there is none"."""
        there = self.objects.get((bucket, name))
        wanted = request.query.get("ifGenerationMatch")
        if wanted is not None and int(wanted) != (there.generation if there else 0):
            raise web.HTTPPreconditionFailed
        if there is None and request.method == "DELETE":
            raise web.HTTPNotFound

    async def _upload(self, request: web.Request, bucket: str) -> web.Response:
        body = await request.read()
        told: dict[str, str] = {}
        if request.query.get("uploadType") == "multipart":
            told, body = _parts(request.headers["Content-Type"], body)
        name = request.query.get("name") or told["name"]
        known = (bucket, name) in self.objects
        self._match(request, bucket, name)
        self._allow(request, "overwrite" if known else "insert", bucket)
        if self.before:
            body = await self.before(bucket, name, body)
            # Somebody may have been faster meanwhile.
            self._match(request, bucket, name)
        self.objects[bucket, name] = Stored(body, next(self._generations))
        return web.json_response(self._told(bucket, name))

    def _read(self, bucket: str, name: str, *, whole: bool) -> web.Response:
        if (stored := self.objects.get((bucket, name))) is None:
            raise web.HTTPNotFound
        if not whole:
            return web.json_response(self._told(bucket, name))
        headers = {"X-Goog-Generation": str(stored.generation), "X-Goog-Metageneration": "1"}
        return web.Response(body=stored.content, headers=headers)

    def _told(self, bucket: str, name: str) -> dict[str, str]:
        stored = self.objects[bucket, name]
        md5 = hashlib.md5(stored.content, usedforsecurity=False).digest()
        return {
            "kind": "storage#object",
            "bucket": bucket,
            "name": name,
            "generation": str(stored.generation),
            "metageneration": "1",
            "size": str(len(stored.content)),
            "md5Hash": base64.b64encode(md5).decode("ascii"),
        }


def _parts(kind: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Take an upload of two parts apart: what it is called, and what it holds."""
    boundary = re.search(r'boundary="?([^";]+)"?', kind)
    if boundary is None:
        raise web.HTTPBadRequest
    # Each part ends before its line break.
    first, second = body.split(b"--" + boundary[1].encode())[1:3]
    told: dict[str, str] = json.loads(first.partition(b"\r\n\r\n")[2])
    return told, second.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
