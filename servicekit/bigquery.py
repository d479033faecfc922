"""The way to BigQuery: one client for the process, and two kinds of failure."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud import bigquery

# The client library is imported where it is used: a service answers its first probe before it,
# since this one import takes longer than the rest of the start together.


class BigQueryUnavailableError(Exception):
    """BigQuery failed, was too slow or too busy: the same call may succeed later."""


class BigQueryRefusedError(BigQueryUnavailableError):
    """BigQuery called this very request wrong (400, 413): a part of it may still succeed."""


class BigQueryConnection:
    """Hands out the process's one client.

    It is made at its first use, since the servers fork after the start and a socket must not be
    shared across a fork.
    """

    def __init__(self, project_id: str, emulator_url: str | None = None) -> None:
        self._project_id = project_id
        self._emulator_url = emulator_url
        self._lock = threading.Lock()
        self._client: bigquery.Client | None = None

    @property
    def client(self) -> "bigquery.Client":
        """The client; for an emulator without credentials, so that it never sees real ones."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> "bigquery.Client":
        from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415 - see above
        from google.cloud import bigquery  # noqa: PLC0415 - see above

        if self._emulator_url is None:
            return bigquery.Client(project=self._project_id)
        return bigquery.Client(
            project=self._project_id,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # it has no hints
            client_options={"api_endpoint": self._emulator_url},
        )


@contextmanager
def failures() -> Iterator[None]:
    """Turn every way in which the client library fails into one of our two errors.

    The text of the original stays behind: it may quote rows.

    Raises:
        BigQueryRefusedError: status 400 or 413.
        BigQueryUnavailableError: anything else, a missing table included, since a table that was
            just created is unknown for a while (googleapis/python-bigquery#1331).
    """
    import requests  # noqa: PLC0415 - see above
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError  # noqa: PLC0415 - see above
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - see above

    try:
        yield
    except GoogleAPICallError as exc:
        status = exc.code or 0
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            raise BigQueryRefusedError(f"BigQuery answered {status}") from exc
        raise BigQueryUnavailableError(f"BigQuery answered {status}") from exc
    except (GoogleAPIError, GoogleAuthError, requests.RequestException, OSError) as exc:
        # TimeoutError is an OSError, concurrent.futures' included.
        raise BigQueryUnavailableError(f"BigQuery out of reach: {type(exc).__name__}") from exc
