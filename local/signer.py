"""Signs pushes on their way to the function, for an emulator that signs nothing.

Pub/Sub itself sends each push with an ID token of the subscription's identity; Google's emulator
accepts that setting and ignores it.
"""

import time

from aiohttp import web

from local.front_door import client, forward
from local.issuer import LIFETIME_S, Issuer


class Signer:
    """A reverse proxy that adds the push identity's token."""

    def __init__(self, target: str, *, issuer: Issuer, email: str, audience: str) -> None:
        self._target = target
        self._issuer = issuer
        self._email = email
        self._audience = audience
        self._token = ""  # nosec B105 - none yet
        self._renew_at = 0.0

    def application(self) -> web.Application:
        """Serve every path and method."""
        app = web.Application(client_max_size=32 << 20)
        app.cleanup_ctx.append(client)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        if time.monotonic() > self._renew_at:
            self._token = self._issuer.mint(self._email, self._audience)
            self._renew_at = time.monotonic() + LIFETIME_S / 2
        headers = [*request.headers.items(), ("Authorization", f"Bearer {self._token}")]
        return await forward(request, self._target, headers)
