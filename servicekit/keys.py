"""The keys that sign ID tokens: cached, fetched by one thread at a time, kept through outages."""

import json
import threading
import time
from collections.abc import Callable

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import parse_cache_control_header

GOOGLE_KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
"""Google's keys as a JWK set. Source: https://accounts.google.com/.well-known/openid-configuration"""

FETCH_TIMEOUT_S = 3.0
MIN_LIFETIME_S, MAX_LIFETIME_S = 60.0, 86_400.0
MAX_STALE_S = 6 * 3600.0
"""How long keys serve past their lifetime while their server cannot be reached."""
MIN_INTERVAL_S = 10.0
"""Between two fetches, so that made-up key ids cannot turn us into a load on the key server."""
MAX_ANSWER_BYTES = 1 << 20

Fetch = Callable[[str], tuple[bytes, str]]
"""From a URL to its body and its `Cache-Control` header; raises `requests.RequestException`."""


class KeysUnavailableError(Exception):
    """The signing keys cannot be had now, so no token can be judged."""


class UnknownKeyError(Exception):
    """The key server was asked and does not have this key."""


class SigningKeys:
    """RSA public keys by key id.

    An answer is kept as long as its `max-age` says (60 s to a day). A key id that is not among
    the known ones causes a new fetch, at most every `MIN_INTERVAL_S`: that is how rotation is
    noticed. When the server is out of reach, keys that were known go on for `MAX_STALE_S`.
    """

    def __init__(
        self, url: str, fetch: Fetch | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._fetch = fetch or _fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, RSAPublicKey] = {}
        self._fresh_until = self._next_fetch = float("-inf")
        self._failed = False

    def get(self, key_id: str) -> RSAPublicKey:
        """Return the key with this id.

        Raises:
            UnknownKeyError: the server answered and has no such key.
            KeysUnavailableError: the server did not answer and the key is not known, or known
                for too long.
        """
        now = self._clock()
        key = self._keys.get(key_id)
        if key and now < self._fresh_until:
            return key
        usable = key is not None and now < self._fresh_until + MAX_STALE_S
        # Whoever has a usable key does not wait while another thread asks for newer ones.
        if self._lock.acquire(blocking=not usable):
            try:
                self._refresh(key_id)
            finally:
                self._lock.release()
        key = self._keys.get(key_id)
        if key and now < self._fresh_until + MAX_STALE_S:
            return key
        if self._failed:
            raise KeysUnavailableError("the signing keys could not be fetched")
        raise UnknownKeyError("signed by no key that the issuer publishes")

    def _refresh(self, key_id: str) -> None:
        now = self._clock()
        known_and_fresh = key_id in self._keys and now < self._fresh_until
        if known_and_fresh or now < self._next_fetch:
            return
        self._next_fetch = now + MIN_INTERVAL_S
        try:
            body, cache_control = self._fetch(self._url)
            keys = _parse(body)
        except (requests.RequestException, ValueError, TypeError, RecursionError, jwt.PyJWTError):
            self._failed = True
            return
        self._failed = False
        self._keys = keys
        self._fresh_until = now + _lifetime_s(cache_control)


def _parse(body: bytes) -> dict[str, RSAPublicKey]:
    """Read a JWK set; keys that are not RSA signing keys are left out.

    Raises:
        ValueError: the body is no JWK set, or has no key that we could use.
    """
    whole = json.loads(body.decode("utf-8"))
    if not isinstance(whole, dict):
        raise TypeError("the answer is no JWK set")
    keys = {
        jwk.key_id: jwk.key
        for jwk in jwt.PyJWKSet.from_dict(whole).keys
        if jwk.key_id and isinstance(jwk.key, RSAPublicKey)
    }
    if not keys:
        raise ValueError("the answer has no usable key")
    return keys


def _lifetime_s(cache_control: str) -> float:
    parsed = parse_cache_control_header(cache_control, cls=ResponseCacheControl)
    # Compared before it becomes a float: none holds a number of four hundred digits.
    return float(max(min(parsed.max_age or 0, MAX_LIFETIME_S), MIN_LIFETIME_S))


def _fetch(url: str) -> tuple[bytes, str]:
    with requests.get(url, timeout=FETCH_TIMEOUT_S, allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise requests.RequestException(f"the key server answered {answer.status_code}")
        body = b""
        # Unlike `raw.read`, this raises requests' own errors when the answer breaks off.
        for part in answer.iter_content(1 << 16):
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                raise requests.RequestException("the key server's answer is too long")
        return body, answer.headers.get("Cache-Control", "")
