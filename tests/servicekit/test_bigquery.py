"""However BigQuery fails, the services see one of two errors, and none of them quotes a row."""

import concurrent.futures
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.auth.credentials import AnonymousCredentials

from servicekit.bigquery import (
    BigQueryConnection,
    BigQueryRefusedError,
    BigQueryUnavailableError,
    failures,
)

REFUSED = [
    api.BadRequest("row 7"),
    api.from_http_status(413, "row 7"),
    api.InvalidArgument("row 7"),
]
UNAVAILABLE = [
    api.Unauthorized("row 7"),
    api.Forbidden("row 7"),
    api.NotFound("row 7"),
    api.Conflict("row 7"),
    api.TooManyRequests("row 7"),
    api.InternalServerError("row 7"),
    api.BadGateway("row 7"),
    api.ServiceUnavailable("row 7"),
    api.GatewayTimeout("row 7"),
    api.DeadlineExceeded("row 7"),
    api.from_http_status(418, "row 7"),
    api.GoogleAPICallError("row 7"),
    api.RetryError("row 7", cause=None),
    api.GoogleAPIError("row 7"),
    auth.DefaultCredentialsError("row 7"),
    auth.RefreshError("row 7"),
    auth.TransportError("row 7"),
    requests.ConnectionError("row 7"),
    requests.ReadTimeout("row 7"),
    requests.exceptions.ChunkedEncodingError("row 7"),
    requests.exceptions.JSONDecodeError("row 7", "", 0),
    ConnectionResetError("row 7"),
    TimeoutError("row 7"),
    concurrent.futures.TimeoutError("row 7"),
    BrokenPipeError("row 7"),
]


def raised(error):
    with pytest.raises(BigQueryUnavailableError) as caught, failures():
        raise error
    return caught.value


def name(error):
    return type(error).__name__


@pytest.mark.parametrize("error", REFUSED, ids=name)
def test_a_request_that_bigquery_calls_wrong_is_refused(error):
    """A part of it may still succeed, so this is told apart."""
    assert type(raised(error)) is BigQueryRefusedError


@pytest.mark.parametrize("error", UNAVAILABLE, ids=name)
def test_everything_else_is_for_later(error):
    assert type(raised(error)) is BigQueryUnavailableError


@pytest.mark.parametrize("error", [*REFUSED, *UNAVAILABLE], ids=name)
def test_the_original_is_the_cause_and_its_text_stays_behind(error):
    translated = raised(error)
    assert translated.__cause__ is error
    assert "row 7" not in str(translated)


@pytest.mark.parametrize("error", [KeyError("k"), RuntimeError("r"), AssertionError("a")], ids=name)
def test_a_mistake_of_ours_stays_what_it_is(error):
    with pytest.raises(type(error)) as caught, failures():
        raise error
    assert caught.value is error


def test_without_a_failure_nothing_happens():
    with failures():
        answer = 42
    assert answer == 42


def test_an_emulator_never_sees_credentials(monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    client = BigQueryConnection("test-project", "http://127.0.0.1:9").client
    assert isinstance(client._credentials, AnonymousCredentials)
    assert client.project == "test-project"
    assert client._connection.API_BASE_URL == "http://127.0.0.1:9"


def test_without_an_emulator_credentials_are_needed(monkeypatch):
    """No address in the environment can turn them off."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    connection = BigQueryConnection("test-project")
    with pytest.raises(BigQueryUnavailableError), failures():
        connection.client  # noqa: B018 - the first use connects


def test_the_process_has_one_client_made_at_its_first_use():
    connection = BigQueryConnection("test-project", "http://127.0.0.1:9")
    barrier = threading.Barrier(8)

    def use(_):
        barrier.wait(10)
        return connection.client

    with ThreadPoolExecutor(8) as threads:
        assert len({id(client) for client in threads.map(use, range(8))}) == 1
