"""The signer gives each push the token that Pub/Sub would give it."""

import jwt
import pytest
import requests
from aiohttp import web

from local.serving import serving
from local.signer import Signer


@pytest.fixture
def arrived():
    return []


def test_each_push_carries_the_push_identity(token_issuer, arrived):
    async def answer(request):
        arrived.append((request.headers.getall("Authorization"), await request.read()))
        return web.Response(status=204)

    service = web.Application()
    service.router.add_post("/", answer)
    with serving(service) as target:
        signer = Signer(target, issuer=token_issuer.issuer, email="push@p.q", audience="aud")
        with serving(signer.application()) as url:
            for _ in range(3):
                assert requests.post(url, data=b"body", timeout=5).status_code == 204
    assert [body for _, body in arrived] == [b"body"] * 3
    assert len({str(values) for values, _ in arrived}) == 1
    ((scheme, token),) = [value.split() for value in arrived[0][0]]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (scheme, claims["email"], claims["aud"]) == ("Bearer", "push@p.q", "aud")
