"""A stand-in for Google's token issuer: real RS256 tokens, keys that rotate, on loopback alone.

Whoever can reach it gets a token for anybody, so it must never listen anywhere else, and no
service outside of this machine must ever trust its keys.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://accounts.google.com"
"""The services accept no other, and are not told that they are local."""
LIFETIME_S = 3600
KEYS_MAX_AGE_S = 300


@dataclass
class Issuer:
    """Mints tokens in the shape of Google's, with the newest of its keys."""

    keys: list[tuple[str, rsa.RSAPrivateKey]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> str:
        """Sign with a new key from now on, and go on publishing the one before; return its id."""
        key_id = secrets.token_hex(20)
        new = (key_id, rsa.generate_private_key(public_exponent=65537, key_size=2048))
        self.keys = [*self.keys[-1:], new]
        return key_id

    def mint(self, email: str, audience: str, **claims: Any) -> str:
        """Sign a token of an hour; `claims` replace the usual ones, None removes one."""
        usual = {
            "iss": ISSUER,
            "aud": audience,
            "azp": email,
            "sub": number_of(email),
            "email": email,
            "email_verified": True,
        }
        return self.sign({**usual, **claims})

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign claims of any kind, for an hour unless they say otherwise; None removes one."""
        now = int(time.time())
        whole = {"iat": now, "exp": now + LIFETIME_S, **claims}
        key_id, key = self.keys[-1]
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, key, algorithm="RS256", headers={"kid": key_id})

    def key_set(self) -> dict[str, Any]:
        """Publish the public keys as a JWK set (RFC 7517)."""
        return {
            "keys": [
                RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
                | {"kid": key_id, "alg": "RS256", "use": "sig"}
                for key_id, key in self.keys
            ]
        }


def number_of(name: str) -> str:
    """Give each account or repository a number of its own, as Google and GitHub do."""
    return str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))


def application(issuer: Issuer) -> web.Application:
    """Serve the issuer: its keys to the services, tokens and rotation to this machine's tools."""

    async def keys(_request: web.Request) -> web.Response:
        return web.json_response(
            issuer.key_set(), headers={"Cache-Control": f"public, max-age={KEYS_MAX_AGE_S}"}
        )

    async def mint(request: web.Request) -> web.Response:
        wanted = await request.json()
        return web.json_response({"id_token": issuer.mint(**wanted)})

    async def rotate(_request: web.Request) -> web.Response:
        return web.json_response({"kid": issuer.rotate()})

    app = web.Application()
    app.router.add_get("/oauth2/v3/certs", keys)
    app.router.add_post("/mint", mint)
    app.router.add_post("/rotate", rotate)
    return app
