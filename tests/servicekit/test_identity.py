"""A caller is who a valid token says, in both modes; whatever else is sent proves nothing."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from werkzeug.datastructures import Headers

from local.issuer import Issuer, application
from local.serving import serving
from servicekit.identity import (
    MAX_TOKEN_CHARACTERS,
    REMOVED_SIGNATURE,
    Caller,
    ForbiddenError,
    IdentityError,
    IdentitySettings,
    TokenVerifier,
    UnauthenticatedError,
    UnavailableError,
)
from servicekit.keys import SigningKeys
from servicekit.settings import Environment, SettingsError

AUDIENCE = "https://data-api.test"
SECOND_AUDIENCE = "https://data-api-1234.europe-west1.run.app"
READER = "reader@test-project.iam.gserviceaccount.com"
STRANGER = "stranger@test-project.iam.gserviceaccount.com"
MODES = ("verify", "iam")
WAYS = ("verify", "iam", "iam, signature removed")
"""How a token reaches the service: each must check the claims alike."""


@pytest.fixture
def verifier(signing_keys):
    """Make a verifier in a mode."""

    def make(mode, keys=signing_keys):
        settings = IdentitySettings(
            mode=mode, audiences=(AUDIENCE, SECOND_AUDIENCE), callers=frozenset({READER})
        )
        return TokenVerifier(settings, keys)

    return make


@pytest.fixture
def judge(verifier):
    """Send a token on one of the `WAYS`; returns the caller."""

    def send(way, token):
        mode, _, removed = way.partition(", ")
        return verifier(mode).verify(bearer(strip(token) if removed else token))

    return send


@pytest.fixture
def sign(issuer):
    """Sign what `Issuer.mint` would never: any claims and any header, with the issuer's key."""

    def sign(claims, *, key=None, **header):
        key_id, own = issuer.keys[-1]
        whole = {"alg": "RS256", "kid": key_id, **header}
        kept = {name: value for name, value in whole.items() if value is not None}
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        signed = f"{encode(json.dumps(kept).encode())}.{encode(payload)}"
        signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(
            signed.encode(), key or own
        )
        return f"{signed}.{encode(signature)}"

    return sign


def usual_claims(**changes):
    now = int(time.time())
    whole = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "1234",
        "email": READER,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    }
    return {name: value for name, value in (whole | changes).items() if value is not ABSENT}


ABSENT = object()


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(segment):
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def strip(token):
    """Do to a token what Cloud Run's IAM does once it has verified the signature."""
    return token.rpartition(".")[0] + f".{REMOVED_SIGNATURE}"


def bearer(token):
    return Headers({"Authorization": f"Bearer {token}"})


# The caller of a good token


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("audience", [AUDIENCE, SECOND_AUDIENCE])
@pytest.mark.parametrize("iss", ["https://accounts.google.com", "accounts.google.com"])
def test_a_good_token_names_its_caller(judge, issuer, way, audience, iss):
    token = issuer.mint(READER, audience, iss=iss, sub="1234")
    assert judge(way, token) == Caller(email=READER, subject="1234", audience=audience)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(verifier, issuer, scheme):
    """RFC 7235 says so."""
    headers = Headers({"Authorization": f"{scheme} {issuer.mint(READER, AUDIENCE)}"})
    assert verifier("verify").verify(headers).email == READER


def test_a_token_of_the_key_before_still_holds_after_a_rotation():
    own = Issuer()
    token = own.mint(READER, AUDIENCE)
    own.rotate()
    keys = SigningKeys("https://keys.test/", lambda _: (json.dumps(own.key_set()).encode(), ""))
    settings = IdentitySettings(mode="verify", audiences=(AUDIENCE,), callers=frozenset({READER}))
    assert TokenVerifier(settings, keys).verify(bearer(token)).email == READER


def test_the_keys_are_fetched_from_where_the_settings_say(issuer):
    with serving(application(issuer)) as url:
        settings = IdentitySettings(
            mode="verify",
            audiences=(AUDIENCE,),
            callers=frozenset({READER}),
            keys_url=f"{url}/oauth2/v3/certs",
        )
        token = issuer.mint(READER, AUDIENCE)
        assert TokenVerifier(settings).verify(bearer(token)).email == READER


# Headers that carry no token

NO_TOKEN = {
    "no header": None,
    "empty": "",
    "space": " ",
    "no scheme": "{good}",
    "scheme alone": "Bearer",
    "scheme and space": "Bearer ",
    "scheme and spaces": "Bearer     ",
    "basic": "Basic cmVhZGVyOnNlY3JldA==",
    "another scheme": "Token {good}",
    "tab for a space": "Bearer\t{good}",
    "two tokens": "Bearer {good}, Bearer {good}",
    "two tokens, no space": "Bearer {good},{good}",
    "a comma behind": "Bearer {good},",
    "a comma before": ",Bearer {good}",
    "two words": "Bearer {good} {good}",
    "not ASCII": "Bearer {good}é",
    "digits of another script": "Bearer {good}٣",
    "a null": "Bearer {good}\x00",
    "too long": "Bearer " + "a" * (MAX_TOKEN_CHARACTERS + 1),
    "too long with a good token": "Bearer {good}" + "a" * MAX_TOKEN_CHARACTERS,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", NO_TOKEN.values(), ids=NO_TOKEN)
def test_a_header_without_one_bearer_token_proves_nothing(verifier, issuer, mode, value):
    headers = Headers()
    if value is not None:
        good = issuer.mint(READER, AUDIENCE)
        headers["Authorization"] = value.replace("{good}", good)
    with pytest.raises(UnauthenticatedError):
        verifier(mode).verify(headers)


@pytest.mark.parametrize("way", WAYS)
def test_a_token_may_be_as_long_as_the_limit_and_no_longer(judge, sign, way):
    """The limit ends the work that a stranger can cause, so a good signature does not help."""
    short, long = (sign(usual_claims(filler="x" * length)) for length in (5500, 6000))
    assert judge(way, short).email == READER
    with pytest.raises(UnauthenticatedError, match="too long"):
        judge(way, long)


@pytest.mark.parametrize("mode", MODES)
def test_spaces_around_a_token_count_for_its_length_alone(verifier, issuer, mode):
    longest = f"Bearer {issuer.mint(READER, AUDIENCE).ljust(MAX_TOKEN_CHARACTERS)}"
    assert verifier(mode).verify(Headers({"Authorization": longest})).email == READER
    with pytest.raises(UnauthenticatedError, match="too long"):
        verifier(mode).verify(Headers({"Authorization": f"{longest} "}))


# Tokens whose form or signature is wrong


def confused(issuer, token, encoding, form):
    """Sign with the public key as if it were a shared secret, which HS256 would accept."""
    key_id, private = issuer.keys[-1]
    secret = private.public_key().public_bytes(encoding, form)
    header = encode(json.dumps({"alg": "HS256", "kid": key_id, "typ": "JWT"}).encode())
    signed = f"{header}.{token.split('.')[1]}"
    return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def with_header(token, raw_header):
    return ".".join([encode(raw_header), *token.split(".")[1:]])


FORGED = {
    "one segment": lambda _, good: good.split(".")[0],
    "two segments": lambda _, good: good.rpartition(".")[0],
    "four segments": lambda _, good: f"{good}.{good}",
    "five segments": lambda _, good: f"{good}.a.b",
    "dots": lambda *_: "..",
    "garbage segments": lambda *_: "a.b.c",
    "no base64": lambda *_: "!!!!.????.####",
    "padding": lambda _, good: f"{good}===",
    "no signature": lambda _, good: good.rpartition(".")[0] + ".",
    "cut signature": lambda _, good: good[:-8],
    "signature of zeros": lambda _, good: good.rpartition(".")[0] + "." + encode(bytes(256)),
    "signature of another token": lambda issuer, good: (
        good.rpartition(".")[0] + "." + issuer.mint(STRANGER, AUDIENCE).rpartition(".")[2]
    ),
    "changed payload": lambda issuer, good: ".".join(
        [
            good.split(".")[0],
            issuer.mint(READER, AUDIENCE, sub="0").split(".")[1],
            good.split(".")[2],
        ]
    ),
    "changed payload, removed signature misspelt": lambda _, good: strip(good).lower(),
    "removed signature as part of a longer one": lambda _, good: strip(good) + "A",
    "removed signature before a real one": lambda _, good: (
        strip(good) + "." + good.rpartition(".")[2]
    ),
    "removed signature inside of the signature": lambda _, good: (
        good.rpartition(".")[0] + f".AAAA{REMOVED_SIGNATURE}"
    ),
    "removed signature instead of all": lambda *_: REMOVED_SIGNATURE,
    "removed signature behind one segment": lambda _, good: (
        f"{good.split('.')[0]}.{REMOVED_SIGNATURE}"
    ),
    "header is no JSON": lambda _, good: with_header(good, b"alg"),
    "header is a list": lambda _, good: with_header(good, b'["RS256"]'),
    "header is deep": lambda _, good: with_header(good, b"[" * 3000),
    "header is no UTF-8": lambda _, good: with_header(good, b'{"alg": "\xff"}'),
    "no alg": lambda _, good: with_header(good, b'{"typ": "JWT"}'),
    "alg is a list": lambda _, good: with_header(good, b'{"alg": ["RS256"]}'),
    "alg none": lambda _, good: with_header(good, b'{"alg": "none"}').rpartition(".")[0] + ".",
    "alg none, signature kept": lambda _, good: with_header(good, b'{"alg": "none"}'),
    "alg None": lambda _, good: with_header(good, b'{"alg": "None"}').rpartition(".")[0] + ".",
    "alg null": lambda _, good: with_header(good, b'{"alg": null}'),
    "alg in lower case": lambda _, good: with_header(good, b'{"alg": "rs256"}'),
    "alg RS512": lambda _, good: with_header(good, b'{"alg": "RS512"}'),
    "HS256 by the public key in PEM": lambda issuer, good: confused(
        issuer,
        good,
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    ),
    "HS256 by the public key in PKCS 1": lambda issuer, good: confused(
        issuer, good, serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
    ),
    "HS256 by the public key in DER": lambda issuer, good: confused(
        issuer,
        good,
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused_in_both_modes(verifier, issuer, mode, forge):
    """Also where IAM stands in front: only its own mark in the signature's place counts there."""
    token = forge(issuer, issuer.mint(READER, AUDIENCE))
    with pytest.raises(UnauthenticatedError):
        verifier(mode).verify(bearer(token))


@pytest.mark.parametrize(
    "raw_header",
    [b"{}", b"[]", b"x", b'{"alg": "none"}', b'{"alg": "HS256"}', b'{"alg": ["RS256"]}'],
)
def test_a_removed_signature_does_not_excuse_the_header(judge, issuer, raw_header):
    token = with_header(issuer.mint(READER, AUDIENCE), raw_header)
    with pytest.raises(UnauthenticatedError):
        judge("iam, signature removed", token)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kid", [None, 7, ["a"], {}, True, "", "another", "../certs", "a" * 5000])
def test_a_key_id_that_is_none_of_the_issuers_is_refused(verifier, sign, mode, kid):
    """A right signature does not help: nobody may choose the key by anything but its id."""
    with pytest.raises(UnauthenticatedError):
        verifier(mode).verify(bearer(sign(usual_claims(), kid=kid)))


@pytest.mark.parametrize("mode", MODES)
def test_a_token_signed_by_another_key_is_refused(verifier, issuer, sign, mode):
    """Neither under the other key's own id nor under the id of the issuer's."""
    other = Issuer()
    own_id = issuer.keys[-1][0]
    for token in (
        other.mint(READER, AUDIENCE),
        sign(usual_claims(), key=other.keys[-1][1], kid=own_id),
    ):
        with pytest.raises(UnauthenticatedError):
            verifier(mode).verify(bearer(token))


def test_keys_that_a_token_brings_along_are_not_used(verifier, sign):
    other = Issuer()
    [jwk] = other.key_set()["keys"]
    for header in ({"jwk": jwk}, {"jku": "https://evil.test/"}, {"x5u": "https://evil.test/"}):
        token = sign(usual_claims(), key=other.keys[-1][1], **header)
        with pytest.raises(UnauthenticatedError):
            verifier("verify").verify(bearer(token))


def test_one_changed_character_breaks_a_token(verifier, issuer):
    token = issuer.mint(READER, AUDIENCE)
    for place in range(0, len(token), 17):
        for character in "A.-":
            changed = token[:place] + character + token[place + 1 :]
            if changed != token:
                with pytest.raises(UnauthenticatedError):
                    verifier("verify").verify(bearer(changed))


# Claims

WRONG_CLAIMS = {
    "aud of another service": {"aud": "https://other.test"},
    "aud missing": {"aud": ABSENT},
    "aud null": {"aud": None},
    "aud empty": {"aud": ""},
    "aud a list with ours": {"aud": [AUDIENCE]},
    "aud a list with ours among others": {"aud": ["https://other.test", AUDIENCE]},
    "aud an empty list": {"aud": []},
    "aud an object": {"aud": {AUDIENCE: 1}},
    "aud a number": {"aud": 7},
    "aud with a slash": {"aud": f"{AUDIENCE}/"},
    "aud in capitals": {"aud": AUDIENCE.upper()},
    "aud with ours as its beginning": {"aud": f"{AUDIENCE}.evil.test"},
    "aud as a part of ours": {"aud": AUDIENCE[:-1]},
    "iss of somebody else": {"iss": "https://accounts.evil.test"},
    "iss missing": {"iss": ABSENT},
    "iss null": {"iss": None},
    "iss empty": {"iss": ""},
    "iss a list": {"iss": ["https://accounts.google.com"]},
    "iss over http": {"iss": "http://accounts.google.com"},
    "iss with a slash": {"iss": "https://accounts.google.com/"},
    "iss as a part of the right one": {"iss": "google.com"},
    "iss of another kind of token": {"iss": "https://securetoken.google.com/test-project"},
    "exp missing": {"exp": ABSENT},
    "exp null": {"exp": None},
    "exp a word": {"exp": "soon"},
    "exp infinite": {"exp": float("inf")},
    "exp minus infinite": {"exp": float("-inf")},
    "exp no number": {"exp": float("nan")},
    "exp a list": {"exp": [9_999_999_999]},
    "exp an object": {"exp": {}},
    "exp true": {"exp": True},
    "exp zero": {"exp": 0},
    "exp negative": {"exp": -9_999_999_999},
    "iat missing": {"iat": ABSENT},
    "iat a word": {"iat": "now"},
    "iat infinite": {"iat": float("inf")},
    "iat huge": {"iat": 10**400},
    "iat a list": {"iat": [1]},
    "nbf a word": {"nbf": "later"},
    "nbf infinite": {"nbf": float("inf")},
    "nbf huge": {"nbf": 10**400},
    "nbf null": {"nbf": None},
    "email missing": {"email": ABSENT},
    "email null": {"email": None},
    "email empty": {"email": ""},
    "email a list": {"email": [READER]},
    "email an object": {"email": {READER: True}},
    "email a number": {"email": 7},
    "email not verified": {"email_verified": False},
    "email verified by a word": {"email_verified": "true"},
    "email verified by a number": {"email_verified": 1},
    "email verified by a list": {"email_verified": [True]},
    "email verified missing": {"email_verified": ABSENT},
    "email verified null": {"email_verified": None},
    "sub missing": {"sub": ABSENT},
    "sub empty": {"sub": ""},
    "sub a number": {"sub": 1234},
    "sub a list": {"sub": ["1234"]},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_one_wrong_claim_is_enough_to_be_refused(judge, sign, way, change):
    with pytest.raises(UnauthenticatedError):
        judge(way, sign(usual_claims(**change)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"aud": "https://other.test"}, "InvalidAudienceError"),
        ({"iss": "https://accounts.evil.test"}, "InvalidIssuerError"),
        ({"exp": 0}, "ExpiredSignatureError"),
        ({"iat": 9_999_999_999}, "ImmatureSignatureError"),
        ({"nbf": 9_999_999_999}, "ImmatureSignatureError"),
        ({"sub": 1234}, "InvalidSubjectError"),
        ({"email": ABSENT}, "MissingRequiredClaimError"),
    ],
)
def test_every_claim_is_checked_whether_or_not_there_is_a_signature(
    judge, sign, way, change, error
):
    """PyJWT checks claims by default only where it verifies the signature, too."""
    with pytest.raises(UnauthenticatedError) as caught:
        judge(way, sign(usual_claims(**change)))
    assert str(caught.value) == f"token refused: {error}"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"claims"',
        b"7",
        b"\xff\xfe",
        b"[" * 3000,
        b'{"exp": 1' + b"0" * 5000,
    ],
)
def test_a_payload_that_is_no_object_is_refused(judge, sign, way, payload):
    with pytest.raises(UnauthenticatedError):
        judge(way, sign(payload))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("exp", [10**400, 1e300, 32_503_680_000])
def test_how_long_a_token_lives_is_its_issuers_decision(judge, sign, way, exp):
    """No `exp` is too far away to be compared."""
    assert judge(way, sign(usual_claims(exp=exp))).email == READER


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("claim", "sign_of_offset"), [("exp", -1), ("iat", 1), ("nbf", 1)])
def test_clocks_may_differ_by_seconds_and_not_by_a_minute(
    judge, issuer, way, claim, sign_of_offset
):
    def off_by(seconds):
        return issuer.mint(READER, AUDIENCE, **{claim: int(time.time()) + sign_of_offset * seconds})

    assert judge(way, off_by(5)).email == READER
    for seconds in (15, 60, 86_400):
        with pytest.raises(UnauthenticatedError):
            judge(way, off_by(seconds))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "email",
    [
        STRANGER,
        READER.upper(),
        f" {READER}",
        f"{READER}\n",
        f"{READER}.evil.test",
        READER.replace("e", "\u0435", 1),
        "\ud800",
        "*",
    ],
)
def test_a_good_token_of_somebody_not_listed_is_forbidden_by_name(judge, sign, way, email):
    """The name is proven, so the audit line may carry it."""
    with pytest.raises(ForbiddenError) as caught:
        judge(way, sign(usual_claims(email=email)))
    assert caught.value.caller == Caller(email=email, subject="1234", audience=AUDIENCE)


# The signature that Cloud Run's IAM removed


def test_a_removed_signature_is_refused_where_the_service_verifies(verifier, issuer):
    """Else anybody who reaches the service could write their own token."""
    with pytest.raises(UnauthenticatedError):
        verifier("verify").verify(bearer(strip(issuer.mint(READER, AUDIENCE))))


def test_behind_iam_a_signature_that_is_there_is_verified(verifier, issuer, sign):
    """Cloud Run removes it or leaves a good one; a forged one has not passed through IAM."""
    forged = sign(usual_claims(), key=Issuer().keys[-1][1])
    assert verifier("iam").verify(bearer(issuer.mint(READER, AUDIENCE))).email == READER
    with pytest.raises(UnauthenticatedError):
        verifier("iam").verify(bearer(forged))


def test_behind_iam_a_removed_signature_needs_no_key_server(verifier, issuer):
    def unreachable(_):
        raise requests.ConnectionError

    caller = verifier("iam", SigningKeys("https://keys.test/", unreachable))
    assert caller.verify(bearer(strip(issuer.mint(READER, AUDIENCE)))).email == READER


@pytest.mark.parametrize("mode", MODES)
def test_a_signature_that_cannot_be_judged_now_is_no_verdict(verifier, issuer, mode):
    """A 401 would make callers throw good tokens away."""

    def unreachable(_):
        raise requests.ConnectionError

    keys = SigningKeys("https://keys.test/", unreachable)
    with pytest.raises(UnavailableError, match="the signing keys could not be fetched"):
        verifier(mode, keys).verify(bearer(issuer.mint(READER, AUDIENCE)))


# Which of the two headers counts


def both(authorization, serverless):
    return Headers({"Authorization": authorization, "X-Serverless-Authorization": serverless})


@pytest.mark.parametrize(
    "serverless",
    ["", " ", "Bearer", "Bearer ", "Basic eDp5", "garbage", "Bearer a.b.c", "{stranger}"],
)
def test_behind_iam_the_header_that_iam_checked_is_the_only_one(verifier, issuer, serverless):
    """IAM then looked at nothing else: a token in `Authorization` may be anybody's invention."""
    stranger = f"Bearer {issuer.mint(STRANGER, AUDIENCE)}"
    for good in (issuer.mint(READER, AUDIENCE), strip(issuer.mint(READER, AUDIENCE))):
        headers = both(f"Bearer {good}", serverless.replace("{stranger}", stranger))
        with pytest.raises((UnauthenticatedError, ForbiddenError)) as caught:
            verifier("iam").verify(headers)
        assert isinstance(caught.value, ForbiddenError) is (serverless == "{stranger}")


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "garbage", "Bearer a.b.c"])
def test_behind_iam_the_other_header_does_not_matter(verifier, issuer, authorization):
    for good in (issuer.mint(READER, AUDIENCE), strip(issuer.mint(READER, AUDIENCE))):
        assert verifier("iam").verify(both(authorization, f"Bearer {good}")).email == READER


@pytest.mark.parametrize("serverless", ["", "garbage", "{stranger}", "{stripped}"])
def test_a_service_that_verifies_reads_authorization_alone(verifier, issuer, serverless):
    good = issuer.mint(READER, AUDIENCE)
    value = serverless.format(
        stranger=f"Bearer {issuer.mint(STRANGER, AUDIENCE)}", stripped=f"Bearer {strip(good)}"
    )
    assert verifier("verify").verify(both(f"Bearer {good}", value)).email == READER


def test_a_service_that_verifies_takes_no_token_from_the_other_header(verifier, issuer):
    headers = Headers({"X-Serverless-Authorization": f"Bearer {issuer.mint(READER, AUDIENCE)}"})
    with pytest.raises(UnauthenticatedError):
        verifier("verify").verify(headers)
    assert verifier("iam").verify(headers).email == READER


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("doubled", ["Authorization", "X-Serverless-Authorization"])
def test_two_tokens_in_one_header_are_refused_whichever_header_counts(
    verifier, issuer, mode, doubled
):
    """A server joins repeated headers with a comma; nobody may choose which one is read."""
    good = f"Bearer {issuer.mint(READER, AUDIENCE)}"
    for value in (f"{good}, {good}", f"{good},{good}", f"{good},", ",", f", {good}"):
        headers = both(good, good)
        headers[doubled] = value
        with pytest.raises(UnauthenticatedError, match="more than one"):
            verifier(mode).verify(headers)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("repeated", ["Authorization", "X-Serverless-Authorization"])
def test_a_repeated_header_is_refused_whichever_header_counts(verifier, issuer, mode, repeated):
    """A server that does not join them may not choose either."""
    good = f"Bearer {issuer.mint(READER, AUDIENCE)}"
    headers = both(good, good)
    headers.add(repeated, good)
    with pytest.raises(UnauthenticatedError, match="more than one"):
        verifier(mode).verify(headers)


# What is said about a refusal

REFUSALS = [
    ("no token", lambda _: ""),
    ("not a bearer token", lambda _: "Basic cmVhZGVyOnNlY3JldA=="),
    ("not a bearer token", lambda _: "Bearer  "),
    ("not a bearer token", lambda sign: f"Bearer {sign(usual_claims())}\u00e9"),
    ("more than one token", lambda sign: f"Bearer {sign(usual_claims())},"),
    ("token too long", lambda _: "Bearer " + "a" * (MAX_TOKEN_CHARACTERS + 1)),
    ("not an RS256 token", lambda sign: f"Bearer {sign(usual_claims(), alg='RS512')}"),
    (
        "signed by no key that the issuer publishes",
        lambda sign: f"Bearer {sign(usual_claims(), kid='another')}",
    ),
    ("token refused: DecodeError", lambda _: "Bearer a.b.c"),
    (
        "token refused: InvalidSignatureError",
        lambda sign: f"Bearer {sign(usual_claims()).rpartition('.')[0]}.{encode(bytes(256))}",
    ),
    ("e-mail not verified", lambda sign: f"Bearer {sign(usual_claims(email_verified=False))}"),
    ("a claim is not a string", lambda sign: f"Bearer {sign(usual_claims(email=[READER]))}"),
    ("not on the list of callers", lambda sign: f"Bearer {sign(usual_claims(email=STRANGER))}"),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("reason", "write"), REFUSALS)
def test_the_log_learns_which_check_refused_a_caller(verifier, sign, mode, reason, write):
    """Each check has its own words, so a token is seen to fail where it should."""
    with pytest.raises(IdentityError) as caught:
        verifier(mode).verify(Headers({"Authorization": write(sign)}))
    assert str(caught.value) == reason


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", [{"aud": "https://secret.test"}, {"iss": "https://secret.test"}])
def test_the_reason_of_a_refusal_quotes_nothing_of_the_token(judge, sign, way, change):
    with pytest.raises(UnauthenticatedError) as caught:
        judge(way, sign(usual_claims(**change)))
    assert "secret" not in str(caught.value)


# Settings


def read(**changes):
    variables = {"AUDIENCES": AUDIENCE, "ALLOWED_CALLERS": READER, **changes}
    environment = Environment(variables)
    settings = IdentitySettings.read(environment)
    environment.check()
    return settings


def test_a_service_that_is_told_nothing_else_verifies_with_googles_keys():
    settings = read(
        AUDIENCES=f"{AUDIENCE}, {SECOND_AUDIENCE}", ALLOWED_CALLERS=f"{READER},{STRANGER}"
    )
    assert settings.mode == "verify"
    assert settings.audiences == (AUDIENCE, SECOND_AUDIENCE)
    assert settings.callers == {READER, STRANGER}
    assert settings.keys_url == "https://www.googleapis.com/oauth2/v3/certs"


def test_a_token_without_signature_may_be_believed_only_on_cloud_run_behind_iam():
    assert read(AUTH_MODE="iam", K_SERVICE="data-api", INGRESS="private").mode == "iam"


@pytest.mark.parametrize(
    "surroundings",
    [
        {},
        {"K_SERVICE": "data-api"},
        {"INGRESS": "private"},
        {"K_SERVICE": "", "INGRESS": "private"},
        {"K_SERVICE": "data-api", "INGRESS": ""},
        {"K_SERVICE": "data-api", "INGRESS": "public"},
        {"K_SERVICE": "data-api", "INGRESS": "PRIVATE"},
        {"K_SERVICE": "data-api", "INGRESS": "private "},
    ],
)
def test_anywhere_else_the_mode_for_iam_is_refused_at_the_start(surroundings):
    with pytest.raises(SettingsError) as caught:
        read(AUTH_MODE="iam", **surroundings)
    needed = "AUTH_MODE=iam needs Cloud Run (K_SERVICE) and INGRESS=private"
    assert str(caught.value) == f"cannot start: {needed}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_MODE", "none"),
        ("AUTH_MODE", "VERIFY"),
        ("AUTH_MODE", "verify|iam"),
        ("AUTH_MODE", "verify\n"),
        ("AUDIENCES", ""),
        ("AUDIENCES", " , ,"),
        ("ALLOWED_CALLERS", ""),
        ("ALLOWED_CALLERS", ","),
        ("KEYS_URL", "http://keys.example.com/"),
        ("KEYS_URL", "http://127.0.0.1.evil.test/"),
        ("KEYS_URL", "http://localhost@evil.test/"),
        ("KEYS_URL", "ftp://127.0.0.1/"),
        ("KEYS_URL", "file:///keys"),
        ("KEYS_URL", "keys"),
    ],
)
def test_a_wrong_identity_setting_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        read(**{name: value})


@pytest.mark.parametrize(
    "url",
    [
        "https://keys.example.com/",
        "http://127.0.0.1:8082/",
        "http://localhost/",
        "http://[::1]:80/",
    ],
)
def test_keys_come_over_https_or_from_this_machine(url):
    assert read(KEYS_URL=url).keys_url == url
