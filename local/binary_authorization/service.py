"""The calls of three Google APIs that a release makes, answered on loopback as they document them.

Keys live in this process. It lets in who has the one token that it was started with.
"""

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.occurrence import Occurrence, fault
from deploy.binary_authorization.signer import checksum
from deploy.documents import UnreadableError, decode, encode, read

Values = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[Values]]
PROJECT = "projects/{project:[a-z0-9-]+}"
FILTER = re.compile(r'kind="ATTESTATION" AND resourceUrl="([^"]*)"')
SHA256_BYTES = 32


class NotFoundError(Exception):
    """There is nothing of this name."""


@dataclass
class Service:
    """The APIs of a project."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict, repr=False)
    """By the name of their version."""
    attestors: dict[str, Values] = field(default_factory=dict)
    occurrences: list[Values] = field(default_factory=list)
    page_size: int = 100
    calls: list[tuple[str, Values]] = field(default_factory=list)
    """What was asked, as it came: method and path, and the body."""

    def make_key(self, version: str) -> str:
        """Make a key version; gives its public key in PEM."""
        key = self.keys.setdefault(version, ec.generate_private_key(ec.SECP256R1()))
        kind = PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(Encoding.PEM, kind).decode("ascii")

    def application(self) -> web.Application:
        """Serve the APIs, each below a folder of its name."""
        app = web.Application()
        attestor = f"/binaryauthorization/v1/{PROJECT}/attestors/{{attestor:[^:/]+}}"
        analysis = f"/containeranalysis/v1/{PROJECT}"
        version = r"/cloudkms/v1/{version:projects/[^:]+/cryptoKeyVersions/\d+}"
        routes: list[tuple[str, str, Handler]] = [
            ("POST", f"{version}:asymmetricSign", self._sign),
            ("GET", attestor, self._attestor),
            ("POST", f"{attestor}:validateAttestationOccurrence", self._validate),
            ("GET", f"{analysis}/notes/{{note}}/occurrences", self._list),
            ("POST", f"{analysis}/occurrences", self._create),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, path, self._answering(handler))
        return app

    def _answering(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                return _error(401, "UNAUTHENTICATED", "no valid access token")
            try:
                return web.json_response(await handler(request))
            except NotFoundError as exc:
                return _error(404, "NOT_FOUND", f"{exc} not found")
            except (UnreadableError, ValueError, LookupError, TypeError) as exc:
                return _error(400, "INVALID_ARGUMENT", str(exc))

        return answer

    async def _body(self, request: web.Request) -> Values:
        body = read(await request.text())
        self.calls.append((f"{request.method} {request.path}", body))
        return body

    async def _sign(self, request: web.Request) -> Values:
        body, version = await self._body(request), request.match_info["version"]
        key = self.keys.get(version)
        if key is None:
            raise NotFoundError(version)
        digest = decode(body["digest"]["sha256"])
        if len(digest) != SHA256_BYTES or body.get("digestCrc32c") != checksum(digest):
            raise ValueError("the digest is not what its checksum says")
        signature = key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))
        return {
            "signature": encode(signature),
            "signatureCrc32c": checksum(signature),
            "verifiedDigestCrc32c": True,
            "name": version,
            "protectionLevel": "SOFTWARE",
        }

    async def _attestor(self, request: web.Request) -> Values:
        name = "projects/{project}/attestors/{attestor}".format(**request.match_info)
        if name not in self.attestors:
            raise NotFoundError(name)
        return self.attestors[name]

    async def _validate(self, request: web.Request) -> Values:
        attestor = Attestor.of(await self._attestor(request))
        body = await self._body(request)
        uri = body["occurrenceResourceUri"]
        made = Occurrence.of(
            {
                "resourceUri": uri,
                "noteName": body["occurrenceNote"],
                "kind": "ATTESTATION",
                "attestation": body["attestation"],
            }
        )
        if reason := fault(made, attestor, uri.rpartition("@")[2]):
            return {"result": "ATTESTATION_NOT_VERIFIABLE", "denialReason": reason}
        return {"result": "VERIFIED"}

    async def _list(self, request: web.Request) -> Values:
        asked = FILTER.fullmatch(request.query.get("filter", ""))
        if asked is None:
            raise ValueError("this filter is not known here")
        note = "projects/{project}/notes/{note}".format(**request.match_info)
        found = [
            each
            for each in self.occurrences
            if each.get("noteName") == note and each.get("resourceUri") == asked[1]
        ]
        start = int(request.query.get("pageToken", "0"))
        end = start + self.page_size
        further = {"nextPageToken": str(end)} if end < len(found) else {}
        return {"occurrences": found[start:end], **further}

    async def _create(self, request: web.Request) -> Values:
        body, project = await self._body(request), request.match_info["project"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        name = f"projects/{project}/occurrences/{secrets.token_hex(8)}"
        kept = {**body, "name": name, "createTime": now, "updateTime": now}
        self.occurrences.append(kept)
        return kept


def _error(code: int, status: str, message: str) -> web.Response:
    error = {"code": code, "status": status, "message": message}
    return web.json_response({"error": error}, status=code)
