"""A call takes the token to Google alone, and says in one line why it failed."""

import gzip

import pytest
from aiohttp import web

from deploy.documents import LARGEST_BYTES
from deploy.google import Google, GoogleError
from local.serving import serving
from tests.deploy.binary_authorization.attestations import answering

TOKEN = "ya29-of-a-test"


def failing(status, text='{"error": {"message": "precondition of the key"}}'):
    return lambda: web.Response(status=status, text=text)


def test_a_call_carries_the_token_and_gives_what_came():
    with answering({"name": "x"}) as (endpoint, seen):
        google = Google(TOKEN, endpoint)
        assert google.get("containeranalysis", "v1/projects/p", filter='a="b"') == {"name": "x"}
        assert google.post("cloudkms", "v1/projects/p:sign", {"a": 1}) == {"name": "x"}
    assert [(method, url) for method, url, _ in seen] == [
        ("GET", "/containeranalysis/v1/projects/p?filter=a%3D%22b%22"),
        ("POST", "/cloudkms/v1/projects/p:sign"),
    ]
    assert {headers["Authorization"] for *_, headers in seen} == {f"Bearer {TOKEN}"}


def test_credentials_of_the_machine_do_not_take_the_tokens_place(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with answering({}) as (endpoint, seen):
        Google(TOKEN, endpoint).get("cloudkms", "x")
    assert seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_a_redirect_is_not_followed():
    def elsewhere():
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    with answering(elsewhere) as (endpoint, seen), pytest.raises(GoogleError, match="HTTP 302"):
        Google(TOKEN, endpoint).get("cloudkms", "x")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (failing(401), "get a new one"),
        (failing(403), "grants in terraform/bootstrap/"),
        (failing(404), "run make bootstrap"),
        (failing(429), "wait a minute"),
        (failing(400), "HTTP 400: precondition of the key"),
        (failing(400, '{"error": "x"}'), "HTTP 400: run it again"),
        (failing(503, "<html>"), "HTTP 503: run it again"),
        (failing(400, '{"error": {"message": "\\u001b[2J%s"}}' % ("x" * 999)), r"\?\[2Jx{196}$"),
        (failing(200, "<html>"), "not what the API documents: no JSON"),
        (failing(200, '{"a": 1, "a": 2}'), "a key is there twice"),
        (failing(200, "x" * (LARGEST_BYTES + 1)), "larger than"),
        (failing(204, ""), "HTTP 204"),
    ],
)
def test_a_failed_call_says_what_to_do(answer, reason):
    with answering(answer) as (endpoint, _), pytest.raises(GoogleError, match=reason) as failed:
        Google(TOKEN, endpoint).get("cloudkms", "projects/p")
    assert str(failed.value).startswith("cloudkms, projects/p: ")
    assert TOKEN not in str(failed.value)


def test_an_answer_that_unpacks_to_too_much_is_refused():
    def bomb():
        packed = gzip.compress(b" " * (LARGEST_BYTES + 1))
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    with answering(bomb) as (endpoint, _), pytest.raises(GoogleError, match="larger than"):
        Google(TOKEN, endpoint).get("cloudkms", "x")


def test_an_answer_without_an_end_is_left():
    """Not taken whole and then found too large."""
    sent = []

    async def flood(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while len(sent) < 64:
            await response.write(b" " * (1 << 20))
            sent.append(1)
        return response

    app = web.Application()
    app.router.add_get("/{any:.*}", flood)
    with serving(app) as url, pytest.raises(GoogleError, match="larger than"):
        Google(TOKEN, f"{url}/{{service}}").get("cloudkms", "x")
    assert len(sent) < 64


def test_an_answer_that_breaks_off_is_no_answer():
    def broken():
        return web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"})

    with answering(broken) as (endpoint, _), pytest.raises(GoogleError, match="no answer"):
        Google(TOKEN, endpoint).get("cloudkms", "x")


def test_nobody_there_is_said_without_a_stack_or_an_address(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://user:hidden@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(GoogleError, match="no answer") as failed:
        Google(TOKEN, "http://127.0.0.1:1/{service}").get("cloudkms", "x")
    assert "hidden" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


@pytest.mark.parametrize(
    "endpoint",
    ["http://{service}.googleapis.com", "http://127.0.0.1.example/", "ftp://127.0.0.1:1/", ""],
)
def test_a_token_never_travels_in_the_clear(endpoint):
    with pytest.raises(GoogleError, match="over https alone"):
        Google(TOKEN, endpoint)


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX: y", "é"])
def test_what_is_no_token_is_refused_and_not_repeated(token):
    with pytest.raises(GoogleError, match="set GOOGLE_OAUTH_ACCESS_TOKEN") as failed:
        Google(token)
    assert not token or token not in str(failed.value)
