"""The front door does what Cloud Run's IAM does, so that the services meet it before the cloud."""

import pytest
import requests
from aiohttp import web

from local.front_door import FrontDoor
from local.serving import serving

AUDIENCE = "https://service.test"
INVOKER = "invoker@p.iam.gserviceaccount.com"
MARKER = "SIGNATURE_REMOVED_BY_GOOGLE"


@pytest.fixture(scope="module")
def seen():
    """The requests that came through."""
    return []


@pytest.fixture(scope="module")
def door(token_issuer, seen):
    """The URL of a front door before a service that answers what it saw."""

    async def answer(request):
        body = await request.read()
        seen.append((request.method, request.path_qs, request.headers.copy(), body))
        return web.Response(status=418, body=body[::-1], headers={"X-Service": "yes"})

    service = web.Application(client_max_size=64 << 20)
    service.router.add_route("*", "/{path:.*}", answer)
    with serving(service) as target:
        front = FrontDoor(
            target,
            audience=AUDIENCE,
            invokers=frozenset({INVOKER}),
            keys_url=token_issuer.keys_url,
        )
        with serving(front.application()) as url:
            yield url


@pytest.fixture
def token(token_issuer):
    return token_issuer.issuer.mint(INVOKER, AUDIENCE)


def stripped(token):
    return f"{token.rpartition('.')[0]}.{MARKER}"


def test_an_invokers_request_comes_through_without_its_signature(door, token, seen):
    headers = {"Authorization": f"Bearer {token}", "X-Other": "1"}
    response = requests.put(f"{door}/a%2Fb?q=%20", data=b"abc", headers=headers, timeout=5)
    assert (response.status_code, response.content) == (418, b"cba")
    assert response.headers["X-Service"] == "yes"
    method, path, arrived, body = seen[-1]
    assert (method, path, body) == ("PUT", "/a%2Fb?q=%20", b"abc")
    assert arrived["Authorization"] == f"Bearer {stripped(token)}"
    assert arrived["X-Other"] == "1"


def test_with_both_headers_only_the_serverless_one_is_checked_and_stripped(door, token, seen):
    headers = {"X-Serverless-Authorization": f"Bearer {token}", "Authorization": "Bearer forged"}
    assert requests.get(door, headers=headers, timeout=5).status_code == 418
    arrived = seen[-1][2]
    assert arrived["X-Serverless-Authorization"] == f"Bearer {stripped(token)}"
    assert arrived["Authorization"] == "Bearer forged"


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"audience": "https://other.test"}, 401),
        ({"email": "stranger@p.iam.gserviceaccount.com"}, 403),
        ({"exp": 1}, 401),
        ({"iss": "https://issuer.test"}, 401),
    ],
    ids=str,
)
def test_others_stay_outside(door, token_issuer, seen, claims, status):
    before = len(seen)
    whole = {"email": INVOKER, "audience": AUDIENCE, **claims}
    headers = {"Authorization": f"Bearer {token_issuer.issuer.mint(**whole)}"}
    assert requests.get(door, headers=headers, timeout=5).status_code == status
    assert len(seen) == before


def test_a_signature_that_somebody_else_removed_is_refused(door, token, seen):
    before = len(seen)
    for value in (f"Bearer {stripped(token)}", "Bearer x", "Basic x", "", token):
        assert requests.get(door, headers={"Authorization": value}, timeout=5).status_code == 401
    assert requests.get(door, timeout=5).status_code == 401
    assert len(seen) == before


def test_a_good_authorization_does_not_help_a_bad_serverless_one(door, token):
    headers = {"X-Serverless-Authorization": "Bearer x", "Authorization": f"Bearer {token}"}
    assert requests.get(door, headers=headers, timeout=5).status_code == 401


def test_large_bodies_come_through(door, token, seen):
    headers = {"Authorization": f"Bearer {token}"}
    body = b"x" * (14 << 20)
    assert requests.post(door, data=body, headers=headers, timeout=20).content == body
    assert seen[-1][3] == body


def test_a_service_that_is_away_is_503(token_issuer, token):
    front = FrontDoor(
        "http://127.0.0.1:9",
        audience=AUDIENCE,
        invokers=frozenset({INVOKER}),
        keys_url=token_issuer.keys_url,
    )
    with serving(front.application()) as url:
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(url, headers=headers, timeout=5).status_code == 503
