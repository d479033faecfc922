"""A canary's traffic keeps its rate at both addresses, whatever is answered."""

from collections import Counter

import pytest
from aiohttp import web

from deploy.smoke import traffic
from deploy.smoke.caller import Api
from deploy.smoke.traffic import NO_ANSWER, Rate
from local.layout import free_ports
from local.serving import serving

OWN = "a.b.c"


@pytest.fixture
def server():
    """Gives its address and what it was asked, by the header that let in."""
    asked = Counter()

    async def answer(request):
        asked[request.headers.get("Authorization"), request.path_qs] += 1
        return web.json_response([], status=200 if asked.total() % 2 else 503)

    app = web.Application()
    app.router.add_get("/data", answer)
    with serving(app) as url:
        yield url, asked


def test_requests_come_at_their_rate_as_whoever_asks(server):
    url, asked = server
    said = traffic.send([Rate(Api(url, OWN), 20.0), Rate(Api(url, OWN), 40.0)], 1.0)
    assert asked == {(f"Bearer {OWN}", traffic.PATH): said.total()}
    # Each second's first request is at its beginning, and the last one's at its end.
    assert said.total() == 21 + 41
    assert set(said) == {"200", "503"}


def test_no_answer_is_one_too():
    (port,) = free_ports(1)
    said = traffic.send([Rate(Api(f"http://127.0.0.1:{port}", OWN), 10.0)], 0.3)
    assert said == {NO_ANSWER: 4}
