"""Who is calling: from an ID token to a caller that we know, by the same code in both services."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from werkzeug.datastructures import Headers

from servicekit.keys import GOOGLE_KEYS_URL, KeysUnavailableError, SigningKeys, UnknownKeyError
from servicekit.settings import Environment

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
"""Source: https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken"""

REMOVED_SIGNATURE = "SIGNATURE_REMOVED_BY_GOOGLE"
"""What Cloud Run puts in a signature's place once its IAM has verified the token.

Source: https://cloud.google.com/run/docs/troubleshooting#signature-removed
"""

CLOCK_SKEW_S = 10
MAX_TOKEN_CHARACTERS = 8192
REQUIRED_CLAIMS = ("iss", "aud", "exp", "iat", "sub", "email")


class IdentityError(Exception):
    """The caller gets no further; the text is for our log, not for the caller."""


class UnauthenticatedError(IdentityError):
    """No token, or one that proves nothing (401)."""


class ForbiddenError(IdentityError):
    """A good token of somebody who is not on the list of callers (403)."""

    def __init__(self, caller: "Caller") -> None:
        super().__init__("not on the list of callers")
        self.caller = caller


class UnavailableError(IdentityError):
    """The token cannot be judged now (503): a 401 would make callers throw good tokens away."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, from verified claims alone."""

    email: str
    subject: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """How tokens are judged."""

    mode: str
    """`verify`: this service verifies the signature. `iam`: Cloud Run's IAM did, in front of it."""
    audiences: tuple[str, ...]
    """The `aud` values that mean this service: its run.app URLs or custom audiences."""
    callers: frozenset[str]
    """E-mail addresses of the accounts that may call."""
    keys_url: str = GOOGLE_KEYS_URL

    @classmethod
    def read(cls, env: Environment) -> "IdentitySettings":
        """Read `AUTH_MODE`, `AUDIENCES`, `ALLOWED_CALLERS`, `KEYS_URL`; complain into `env`.

        `iam` believes a token without a signature, so it is refused anywhere but on Cloud Run
        (`K_SERVICE` is set there) behind IAM (`INGRESS=private` is our deployment's word for it).
        """
        mode = env.choice("AUTH_MODE", ("verify", "iam"), "verify")
        behind_iam = env.optional("K_SERVICE") and env.optional("INGRESS") == "private"
        if mode == "iam" and not behind_iam:
            env.complain("AUTH_MODE=iam needs Cloud Run (K_SERVICE) and INGRESS=private")
        return cls(
            mode=mode,
            audiences=env.words("AUDIENCES"),
            callers=frozenset(env.words("ALLOWED_CALLERS")),
            keys_url=env.url("KEYS_URL", GOOGLE_KEYS_URL),
        )


class TokenVerifier:
    """Judges the token of a request in one of two modes that never fall back to each other."""

    def __init__(self, settings: IdentitySettings, keys: SigningKeys | None = None) -> None:
        self._settings = settings
        self._keys = keys or SigningKeys(settings.keys_url)

    def verify(self, headers: Headers) -> Caller:
        """Turn a request's headers into the caller they prove.

        Raises:
            UnauthenticatedError: there is no token or it does not hold.
            ForbiddenError: it holds, and its owner is not on the list.
            UnavailableError: the signing keys could not be fetched.

        Source: https://cloud.google.com/run/docs/authenticating/service-to-service
        """
        caller = _caller(self._claims(_raw_token(headers, self._settings.mode)))
        if caller.email not in self._settings.callers:
            raise ForbiddenError(caller)
        return caller

    def _claims(self, raw_token: str) -> dict[str, Any]:
        stripped = raw_token.endswith(f".{REMOVED_SIGNATURE}")
        try:
            algorithm, key_id = _unverified_header(raw_token.partition(".")[0])
            if algorithm != "RS256":
                raise UnauthenticatedError("not an RS256 token")
            if stripped and self._settings.mode == "iam":
                return self._decode(raw_token, key="", verify_signature=False)
            return self._decode(raw_token, self._keys.get(key_id))
        except KeysUnavailableError as exc:
            raise UnavailableError(str(exc)) from exc
        except UnknownKeyError as exc:
            raise UnauthenticatedError(str(exc)) from exc
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as exc:
            # The class says which check failed; its text may quote the token.
            raise UnauthenticatedError(f"token refused: {type(exc).__name__}") from exc

    def _decode(self, raw_token: str, key: Any, *, verify_signature: bool = True) -> dict[str, Any]:
        # Every check is named: without a signature, PyJWT's defaults would skip the claims too.
        claims: dict[str, Any] = jwt.decode(
            raw_token,
            key,
            algorithms=["RS256"],
            audience=self._settings.audiences,
            issuer=ISSUERS,
            leeway=CLOCK_SKEW_S,
            options={
                "require": list(REQUIRED_CLAIMS),
                "verify_signature": verify_signature,
                "verify_aud": True,
                "verify_iss": True,
                "verify_exp": True,
                "verify_nbf": True,
                "verify_iat": True,
                "verify_sub": True,
            },
        )
        return claims


@lru_cache(maxsize=64)
def _unverified_header(segment: str) -> tuple[str, str]:
    """Read algorithm and key id; cached, since all tokens of one key begin with the same text."""
    header = jwt.get_unverified_header(f"{segment}.e30.")
    return str(header.get("alg")), str(header.get("kid"))


def _raw_token(headers: Headers, mode: str) -> str:
    """Take the one token that counts, still untrusted.

    Behind Cloud Run's IAM that is `X-Serverless-Authorization` whenever it is there, since IAM
    then looked at nothing else: whoever read `Authorization` would believe an unchecked token.
    """
    authorization = headers.getlist("Authorization")
    serverless = headers.getlist("X-Serverless-Authorization")
    # gunicorn joins repeated headers with a comma; nobody may choose which one we read.
    if any(len(values) > 1 or "," in "".join(values) for values in (authorization, serverless)):
        raise UnauthenticatedError("more than one token")
    value = "".join(serverless if mode == "iam" and serverless else authorization)
    if not value:
        raise UnauthenticatedError("no token")
    scheme, _, raw_token = value.partition(" ")
    if scheme.lower() != "bearer" or not raw_token.isascii() or not raw_token.strip():
        raise UnauthenticatedError("not a bearer token")
    if len(raw_token) > MAX_TOKEN_CHARACTERS:
        raise UnauthenticatedError("token too long")
    return raw_token.strip()


def _caller(claims: dict[str, Any]) -> Caller:
    email, subject, audience = claims["email"], claims["sub"], claims["aud"]
    if claims.get("email_verified") is not True:
        raise UnauthenticatedError("e-mail not verified")
    if not all(isinstance(claim, str) and claim for claim in (email, subject, audience)):
        raise UnauthenticatedError("a claim is not a string")
    return Caller(email, subject, audience)
