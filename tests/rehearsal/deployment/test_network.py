"""The cloud's hosts on loopback: over TLS, by name, and no other host."""

import pytest
import requests
from aiohttp import web

from deploy.plans.store import Bucket, MissingError, StoreError, TakenError
from rehearsal.deployment.network import Network
from rehearsal.deployment.permits import Permits
from rehearsal.deployment.storage import Storage


@pytest.fixture
def permits():
    told = Permits()
    for name in ("apply", "plan", "smoke"):
        told.hand_out(f"of-{name}", f"release-{name}")
    return told


@pytest.fixture
def network(permits, tmp_path, monkeypatch):
    storage = Storage(permits, {"state": "pipeline-state", "saved": "plans"})

    async def hello(request):
        return web.Response(text=f"{request.host} {request.path}")

    hosts = {"storage.googleapis.com": storage.answer, "api.github.com": hello}
    with Network(tmp_path / "network", hosts) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


def test_a_host_answers_under_its_name(network):
    answer = requests.get("https://api.github.com/zen", timeout=10)
    assert answer.text == "api.github.com /zen"
    assert network.refused == set()


def test_no_other_host_is_reached(network):
    with pytest.raises(requests.RequestException):
        requests.get("https://example.com/", timeout=10)
    assert network.refused == {"example.com"}


def test_a_process_that_is_not_told_of_the_authority_trusts_nobody(network):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get("https://api.github.com/zen", timeout=10, verify=requests.certs.where())


def test_a_bucket_keeps_preconditions(network):
    bucket = Bucket("state", lambda: "of-apply")
    bucket.create("release/holder.json", b"one")
    with pytest.raises(TakenError):
        bucket.create("release/holder.json", b"two")
    first = bucket.read("release/holder.json")
    bucket.replace("release/holder.json", b"three")
    second = bucket.read("release/holder.json")
    assert (first.content, second.content) == (b"one", b"three")
    assert int(second.generation) > int(first.generation)
    with pytest.raises(MissingError):
        bucket.read("release/other.json")


@pytest.mark.parametrize(
    ("token", "bucket", "said"),
    [
        ("nobodys", "state", "401"),
        ("of-smoke", "state", "403"),
        ("of-plan", "state", "403"),
        ("of-apply", "saved", "403"),
    ],
)
def test_a_bucket_takes_from_nobody_who_may_not(network, permits, token, bucket, said):
    with pytest.raises(StoreError, match=said):
        Bucket(bucket, lambda: token).create("plans/x.json", b"{}")
    assert bool(permits.refused) == (said == "403")
