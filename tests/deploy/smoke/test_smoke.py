"""The smoke test against the real pipeline: it passes there, and fails where a control is gone."""

import base64
import json
import time

import pytest
from aiohttp import web
from click.testing import CliRunner

from deploy.smoke import __main__ as command
from deploy.smoke import checks, message
from deploy.smoke.caller import Api, SmokeError
from local import layout, messaging
from local.caller import mint
from local.layout import Ports
from local.serving import serving
from local.stack import Stack
from servicekit.identity import REMOVED_SIGNATURE

SMOKE = layout.STRANGER
"""Whom the local platform lets through beside the reader."""
NEVER = "SMOKE_ID_TOKEN is no ID token"


@pytest.fixture(scope="module")
def stack():
    changes = {"ALLOWED_CALLERS": f"{layout.READER},{SMOKE}", "SMOKE_CALLERS": SMOKE}
    with Stack(Ports.free(), pubsub="embedded", api_changes=changes) as running:
        yield running


@pytest.fixture(scope="module")
def token(stack):
    return mint(stack.ports.url("issuer"), SMOKE, layout.API_AUDIENCE)


@pytest.fixture(scope="module")
def pubsub(stack):
    """Pub/Sub's REST, of which the embedded emulator has none, in front of it."""

    async def publish(request):
        if request.headers.get("Authorization") != "Bearer of-smoke":
            return web.Response(status=403)
        (sent,) = (await request.json())["messages"]
        with messaging.publisher(f"127.0.0.1:{stack.ports.pubsub}") as client:
            data = base64.b64decode(sent["data"])
            future = client.publish(layout.TOPIC, data, **sent["attributes"])
            return web.json_response({"messageIds": [future.result(30)]})

    app = web.Application()
    app.router.add_post(f"/pubsub/v1/{layout.TOPIC}:publish", publish)
    with serving(app) as url:
        yield f"{url}/{{service}}"


@pytest.fixture
def run(token, pubsub, monkeypatch):
    """Run the command as the smoke identity, or with another token."""

    def invoke(url, topic="", own=token, access="of-smoke"):
        monkeypatch.setenv("SMOKE_ID_TOKEN", own)
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", access)
        words = [f"--url={url}", f"--topic={topic}", f"--endpoint={pubsub}"]
        return CliRunner().invoke(command.main, words)

    return invoke


def test_the_pipeline_passes(stack, run):
    ended = run(stack.ports.url("api"), layout.TOPIC)
    assert ended.exit_code == 0, ended.output
    lines = ended.output.splitlines()
    assert len(lines) == 7
    assert all(line.startswith("ok ") for line in lines)
    assert "read back" in lines[-1]


def test_what_a_smoke_test_published_reaches_nobody_else(stack, token):
    """And the smoke identity gets nobody else's rows, nor a page that was kept for others."""
    with messaging.publisher(f"127.0.0.1:{stack.ports.pubsub}") as client:
        for number, attributes in (
            (1, {}),
            (2, {"smoke": "1"}),
            (3, {"smoke": "", "event_id": "e"}),
        ):
            data = json.dumps({"id": number, "name": "apart"}).encode()
            client.publish(layout.TOPIC, data, **attributes).result(30)
        # Under the key of a smoke test's row, which came first.
        client.publish(layout.TOPIC, b'{"id": 4, "name": "apart"}', event_id="e").result(30)
    reader = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    wanted = {reader: {1, 4}, token: {2, 3}}
    until = time.monotonic() + 30
    got = {}
    while got != wanted and time.monotonic() < until:
        got = {who: rows(stack, who) for who in wanted}
    assert got == wanted


def rows(stack, token):
    answer = Api(stack.ports.url("api"), token).get(query="name=apart")
    return {row["id"] for row in json.loads(answer.body)}


def test_a_service_without_its_platform_fails(stack, run, token):
    """What Cloud Run is without its check: the service alone, which believes what it is told."""
    found = {check.name: check.complaint for check in checks.of(Api(service(stack), token))}
    complaints = [complaint for complaint in found.values() if complaint]
    assert len(found) == 6
    removed = "a token whose signature was removed: refused by the platform"
    assert "answered 200" in found[removed]
    assert "the service had to say no" in found["no token: refused by the platform"]
    assert len(complaints) == 5
    ended = run(service(stack), layout.TOPIC)
    assert ended.exit_code == 1
    assert "read back" not in ended.output
    assert token not in ended.output


def service(stack):
    return stack.ports.url("api_service")


def test_a_stranger_fails_at_the_first_check(stack, run):
    stranger = mint(stack.ports.url("issuer"), layout.PUSHER, layout.API_AUDIENCE)
    ended = run(stack.ports.url("api"), own=stranger)
    assert ended.exit_code == 1
    assert "the smoke identity reads: it answered 403" in ended.output


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"", "answered 500"),
        (200, b"<html>", "something else than rows"),
        (200, b'{"rows": []}', "something else than rows"),
        (200, b"[5]", "something else than rows"),
        (200, b"[" * 100_000, "something else than rows"),
        (302, b"", "answered 302"),
    ],
)
def test_what_is_no_page_of_rows_fails(token, status, body, said):
    with answering(status, body) as url:
        first = next(checks.of(Api(url, token)))
    assert said in first.complaint


def answering(status, body):
    async def answer(_request):
        return web.Response(status=status, body=body, headers={"Location": "http://127.0.0.1:1/"})

    app = web.Application()
    app.router.add_get("/data", answer)
    return serving(app)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "not within 2 s; the last answer: 200"),
        ([{"name": "smoke-another"}], "1 rows of one message"),
        ({"detail": "x"}, "something else than rows"),
        ([5], "something else than rows"),
    ],
)
def test_a_message_that_is_not_read_back_once_fails(token, rows, said):
    class Pubsub:
        def post(self, *_):
            return {}

    moments = iter(range(100))
    with answering(200, json.dumps(rows).encode()) as url:
        check = message.sent(Api(url, token), Pubsub(), "projects/p/topics/t", 2, moments.__next__)
    assert said in check.complaint


def test_a_message_read_twice_fails(token):
    """The row's name is the message's, so that the answer has to be made from the request."""

    async def twice(request):
        return web.json_response(2 * [{"name": request.query["name"]}])

    class Pubsub:
        def post(self, *_):
            return {}

    app = web.Application()
    app.router.add_get("/data", twice)
    with serving(app) as url:
        check = message.sent(Api(url, token), Pubsub(), "projects/p/topics/t")
    assert check.complaint == "2 rows of one message"


@pytest.mark.parametrize(
    ("url", "own", "access", "said"),
    [
        ("http://example.com", None, "of-smoke", "https://HOST"),
        ("https://example.com/data/", None, "of-smoke", "https://HOST"),
        ("http://127.0.0.1:1", None, "of-smoke", "does not answer"),
        ("http://127.0.0.1:1", "", "of-smoke", NEVER),
        ("http://127.0.0.1:1", "a.b", "of-smoke", NEVER),
        ("http://127.0.0.1:1", "a.b.c d", "of-smoke", NEVER),
        (None, None, "of-nobody", "HTTP 403"),
        (None, None, "", "no access token"),
    ],
)
def test_what_could_not_be_tried_is_no_pass(stack, run, token, url, own, access, said):
    ended = run(url or stack.ports.url("api"), layout.TOPIC, token if own is None else own, access)
    assert ended.exit_code == 2
    assert said in ended.output
    assert token not in ended.output


def test_the_signature_is_removed_as_the_platform_does_it():
    assert checks.REMOVED_SIGNATURE == REMOVED_SIGNATURE


def test_a_token_does_not_go_where_it_could_be_read(token):
    with pytest.raises(SmokeError):
        Api("http://192.0.2.1", token)
    assert token not in repr(Api("https://example.com", token))
