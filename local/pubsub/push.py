"""Pushes a subscription's messages to its endpoint, with the token of its push identity."""

import asyncio
import base64
import io
import json
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt

from local.pubsub.backlog import Backlog, Lease

ACKNOWLEDGING = frozenset({200, 201, 202, 204})
"""All but 102, which an HTTP client takes for an interim answer and waits on.

Source: https://cloud.google.com/pubsub/docs/push#receive_push
"""
CONCURRENCY = 64
RENEW_BEFORE_S = 300.0


class TokenError(Exception):
    """There is no token now, so nothing may be pushed now."""


class TokenSource:
    """Gets ID tokens from the local issuer and keeps each until shortly before it expires."""

    def __init__(self, issuer: str, http: aiohttp.ClientSession) -> None:
        self._issuer = issuer
        self._http = http
        self._tokens: dict[tuple[str, str], tuple[str, float]] = {}
        self._minting = asyncio.Lock()

    async def get(self, email: str, audience: str) -> str:
        """Return a token.

        Raises:
            TokenError: the issuer did not answer with one.
        """
        async with self._minting:
            token, expires = self._tokens.get((email, audience), ("", 0.0))
            if time.time() > expires - RENEW_BEFORE_S:
                try:
                    token, expires = await self._mint(email, audience)
                except (
                    aiohttp.ClientError,
                    jwt.PyJWTError,
                    LookupError,
                    TypeError,
                    ValueError,
                ) as exc:
                    raise TokenError("the issuer gave no token") from exc
                self._tokens[email, audience] = token, expires
            return token

    async def _mint(self, email: str, audience: str) -> tuple[str, float]:
        wanted = {"email": email, "audience": audience}
        async with self._http.post(
            f"{self._issuer}/mint", json=wanted, allow_redirects=False
        ) as answer:
            answer.raise_for_status()
            token = (await answer.json())["id_token"]
        # Only to learn when it ends; whoever receives it verifies it.
        claims = jwt.decode(token, options={"verify_signature": False})
        return token, float(claims["exp"])

    def forget(self, email: str, audience: str, token: str) -> None:
        """Drop a token that was refused, unless there is a newer one already."""
        kept, _expires = self._tokens.get((email, audience), (None, 0.0))
        if kept == token:
            del self._tokens[email, audience]


class Pusher:
    """Delivers one backlog for as long as its subscription has an endpoint."""

    def __init__(self, backlog: Backlog, tokens: TokenSource, http: aiohttp.ClientSession) -> None:
        self._backlog = backlog
        self._tokens = tokens
        self._http = http
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Push what is due, many at a time, until cancelled."""
        try:
            while True:
                for lease in self._backlog.take(CONCURRENCY - len(self._under_way)):
                    task = asyncio.create_task(self._deliver(lease))
                    self._under_way.add(task)
                    task.add_done_callback(self._finish)
                await self._backlog.wait(full=len(self._under_way) >= CONCURRENCY)
        finally:
            for task in self._under_way:
                task.cancel()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._backlog.changed.set()

    async def _deliver(self, lease: Lease) -> None:
        subscription = self._backlog.subscription
        status = None
        # No answer, no token and no time left all mean the same: deliver again.
        with suppress(aiohttp.ClientError, TimeoutError, TokenError):
            async with asyncio.timeout(subscription.ack_deadline_seconds):
                status = await self._post(subscription, lease)
        if status in ACKNOWLEDGING:
            self._backlog.acknowledge([lease.ack_id])
        else:
            self._backlog.extend([lease.ack_id], 0)

    async def _post(self, subscription: Any, lease: Lease) -> int:
        config = subscription.push_config
        headers = {"Content-Type": "application/json"}
        token = ""  # nosec B105 - none yet
        email = config.oidc_token.service_account_email
        audience = config.oidc_token.audience or config.push_endpoint
        if email:
            token = await self._tokens.get(email, audience)
            headers["Authorization"] = f"Bearer {token}"
        async with self._http.post(
            config.push_endpoint,
            # Large bytes must come as a file, or aiohttp warns that they hold up everything else.
            data=io.BytesIO(json.dumps(envelope(subscription, lease)).encode()),
            headers=headers,
            allow_redirects=False,
        ) as answer:
            await answer.read()
            if answer.status == HTTPStatus.UNAUTHORIZED:
                self._tokens.forget(email, audience, token)
            return answer.status


def envelope(subscription: Any, lease: Lease) -> dict[str, Any]:
    """Wrap a message as Pub/Sub does for a push."""
    message = lease.message
    publish_time = message.publish_time.ToJsonString()
    body: dict[str, Any] = {
        "messageId": message.message_id,
        "message_id": message.message_id,
        "publishTime": publish_time,
        "publish_time": publish_time,
    }
    if message.data:
        body["data"] = base64.b64encode(message.data).decode()
    if message.attributes:
        body["attributes"] = dict(message.attributes)
    whole: dict[str, Any] = {"message": body, "subscription": subscription.name}
    if subscription.dead_letter_policy.dead_letter_topic:
        whole["deliveryAttempt"] = lease.attempt
    return whole
