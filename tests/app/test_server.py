"""Every answer of data-api is hardened, whatever went wrong before it."""

import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.server import SECURITY_HEADERS, from_environment
from servicekit.bigquery import BigQueryUnavailableError
from tests.app.doubles import READER, SECRET, STRANGER, MemoryStore, environment

EXPECTED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


def assert_hardened(response):
    for name, value in EXPECTED.items():
        assert response.headers.getlist(name) == [value]
    for name in ("Server", "X-Powered-By", "Set-Cookie", "Access-Control-Allow-Origin"):
        assert name not in response.headers


def test_the_security_headers_are_these():
    assert SECURITY_HEADERS == EXPECTED


@pytest.mark.parametrize(
    ("path", "method", "email", "status"),
    [
        ("/data", "GET", READER, 200),
        ("/data", "HEAD", READER, 200),
        ("/data?limit=0", "GET", READER, 400),
        ("/data", "GET", None, 401),
        ("/data", "GET", STRANGER, 403),
        ("/data", "POST", READER, 405),
        ("/data", "OPTIONS", None, 405),
        ("/openapi.json", "GET", None, 200),
        ("/openapi.json", "POST", None, 405),
        ("/health/live", "GET", None, 200),
        ("/health/ready", "GET", None, 200),
        ("/health/ready", "DELETE", None, 405),
        ("/", "GET", None, 404),
        ("/DATA", "GET", READER, 404),
        ("/data/", "GET", READER, 404),
        ("/data/1", "GET", READER, 404),
        ("/%64ata", "GET", READER, 200),
        ("/data%00", "GET", READER, 404),
        ("/..%2fdata", "GET", READER, 404),
        ("/static/app.py", "GET", READER, 404),
        ("/%ff", "GET", READER, 404),
        ("/\u202e<script>", "GET", READER, 404),
        ("/health//live", "GET", None, 404),
        ("/health", "GET", None, 404),
        ("/console", "GET", None, 404),
    ],
)
def test_every_answer_is_hardened(api, path, method, email, status):
    response = api.get(path, method=method, email=email)
    assert response.status_code == status
    assert_hardened(response)


@pytest.mark.parametrize("error", [RuntimeError(SECRET), BigQueryUnavailableError("down")])
def test_an_answer_to_a_failure_is_hardened(start, error):
    api = start(store=MemoryStore(error=error))
    assert_hardened(api.get())
    assert_hardened(api.get("/health/ready", email=None))


def test_an_answer_to_too_many_requests_and_to_an_unchanged_page_is_hardened(start):
    api = start(RATE_LIMIT_PER_MINUTE="1")
    assert_hardened(unchanged := api.get(headers={"If-None-Match": "*"}))
    assert_hardened(limited := api.get())
    assert (unchanged.status_code, limited.status_code) == (304, 429)


@pytest.mark.parametrize(
    ("path", "method", "status", "title"),
    [
        ("/swordfish", "GET", 404, "Not Found"),
        ("/swordfish<script>", "GET", 404, "Not Found"),
        ("/data", "DELETE", 405, "Method Not Allowed"),
        ("/health/live", "POST", 405, "Method Not Allowed"),
    ],
)
def test_a_wrong_route_is_a_problem_that_repeats_nothing(api, path, method, status, title):
    response = api.get(path, method=method)
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert (response.json["status"], response.json["title"]) == (status, title)
    assert "swordfish" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_a_mistake_is_a_problem_without_a_trace(start):
    """Its type and places are in the log; its text, which may hold a row, is nowhere."""
    api = start(store=MemoryStore(error=ZeroDivisionError(SECRET)))
    for path in ("/data", "/health/ready"):
        response = api.get(path)
        assert response.status_code == 500
        assert response.json == {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "Our mistake; it is in our log.",
        }
    assert len(api.logged("request.failed")) == 2
    for line in api.logged("request.failed"):
        assert line["severity"] == "ERROR"
        assert line["logging.googleapis.com/labels"] == {"log_type": "app"}
        assert line["fields"]["error"] == "ZeroDivisionError"


class Full(io.StringIO):
    """A stream that takes nothing."""

    def write(self, _text):
        """Fail as a full disk does."""
        raise OSError(28, "No space left on device")


def test_a_mistake_that_cannot_be_logged_is_still_a_problem(start):
    api = start(store=MemoryStore(error=ZeroDivisionError(SECRET)), stream=Full())
    response = api.get("/health/ready")
    assert (response.status_code, response.json["title"]) == (500, "Internal Server Error")
    assert_hardened(response)


# Health


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_probe_needs_no_token_and_is_no_read(api, path):
    response = api.get(path, email=None)
    assert (response.status_code, response.json) == (200, {"status": "ok"})
    assert api.get(path, email=None, headers={"Authorization": "garbage"}).status_code == 200
    assert api.store.reads == 0
    assert api.logged() == []


def test_a_service_without_its_store_is_alive_and_not_ready(start):
    api = start(store=MemoryStore(error=BigQueryUnavailableError("BigQuery answered 503")))
    assert api.get("/health/live", email=None).status_code == 200
    response = api.get("/health/ready", email=None)
    assert (response.status_code, response.json) == (503, {"status": "unavailable"})
    [line] = api.logged("not_ready")
    assert (line["severity"], line["fields"]) == ("WARNING", {"reason": "BigQuery answered 503"})


@pytest.mark.parametrize("error", [None, BigQueryUnavailableError("down")])
def test_readiness_asked_often_costs_one_check(start, error):
    """Nobody needs a token to ask."""
    api = start(store=MemoryStore(error=error))
    with ThreadPoolExecutor(16) as threads:
        asked = threads.map(lambda _: api.get("/health/ready", email=None), range(64))
        assert {response.status_code for response in asked} == {503 if error else 200}
    assert api.store.checks == 1


def test_liveness_costs_nothing(api):
    for _ in range(10):
        api.get("/health/live", email=None)
    assert (api.store.checks, api.store.reads) == (0, 0)


# Wiring


def test_nothing_is_read_before_the_first_request(api):
    assert (api.store.reads, api.store.checks, api.logged()) == (0, 0, [])


@pytest.fixture
def root_logger():
    """The root logger, as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def surroundings(monkeypatch):
    """Set the process's environment to exactly this, as far as data-api reads it."""

    def surround(**changes):
        for name in ("AUTH_MODE", "K_SERVICE", "INGRESS", "KEYS_URL", "BIGQUERY_EMULATOR_HOST"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment(**changes).items():
            monkeypatch.setenv(name, value)

    return surround


def test_a_wrong_environment_ends_in_one_line(surroundings, capsys):
    surroundings(AUTH_MODE="iam", RATE_LIMIT_PER_MINUTE="0")
    with pytest.raises(SystemExit) as caught:
        from_environment()
    (message,) = capsys.readouterr().err.splitlines()
    assert caught.value.code == 3, "gunicorn would start the worker again"
    assert message.startswith("cannot start: ")
    assert "AUTH_MODE=iam" in message
    assert "RATE_LIMIT_PER_MINUTE" in message
    assert caught.value.__suppress_context__


def test_a_right_environment_makes_the_application_that_gunicorn_serves(
    surroundings, root_logger, capsys
):
    """What libraries log goes to the same lines, and a missing token is refused as usual."""
    surroundings()
    app = from_environment()
    response = app.test_client().get("/data")
    assert response.status_code == 401
    assert_hardened(response)
    logging.getLogger("library").warning("seen")
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events == ["data.read", "log"]
    assert len(root_logger.handlers) == 1


def test_debugging_is_off(api):
    assert (api.app.debug, api.app.testing) == (False, False)
