"""The fault proxy answers as BigQuery documents it, once for each planned fault."""

import time

import pytest
import requests
from google.api_core import exceptions
from google.cloud import bigquery as client_library

from local import bigquery, layout
from local.faults import Fault


@pytest.fixture
def insert(faults, dataset):
    """Insert some ids through the proxy without any retry."""
    client = bigquery.connect(faults.url)

    def run(*numbers):
        rows = [{"id": str(number), "publish_time": "2026-01-01T00:00:00Z"} for number in numbers]
        return client.insert_rows_json(
            f"{layout.PROJECT}.{dataset}.{layout.TABLE}",
            rows,
            row_ids=client_library.AutoRowIDs.DISABLED,
            retry=None,
            timeout=5,
        )

    yield run
    client.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, exceptions.BadRequest),
        (403, exceptions.Forbidden),
        (404, exceptions.NotFound),
        (429, exceptions.TooManyRequests),
        (500, exceptions.InternalServerError),
        (503, exceptions.ServiceUnavailable),
    ],
)
def test_a_status_is_what_the_client_library_takes_it_for(faults, insert, status, error):
    faults.plan(Fault("status", status=status))
    with pytest.raises(error):
        insert(1)
    assert insert(1) == []


def test_a_bad_row_stops_its_neighbours(faults, insert, rows_of, dataset):
    faults.plan(Fault("insert_errors", values=("2",)))
    errors = insert(1, 2, 3)
    reasons = {error["index"]: error["errors"][0]["reason"] for error in errors}
    assert reasons == {0: "stopped", 1: "invalid", 2: "stopped"}
    assert rows_of(dataset) == []


def test_a_reset_leaves_nothing_or_everything_behind(faults, insert, rows_of, dataset):
    faults.plan(Fault("reset"), Fault("written_then_reset"))
    with pytest.raises(requests.ConnectionError):
        insert(1)
    assert rows_of(dataset) == []
    with pytest.raises(requests.ConnectionError):
        insert(2)
    assert [row["id"] for row in rows_of(dataset)] == [2]


def test_slow_is_slow(faults, insert):
    faults.plan(Fault("slow", seconds=0.3))
    started = time.monotonic()
    assert insert(1) == []
    assert time.monotonic() - started >= 0.3


def test_it_remembers_what_was_inserted(faults, insert):
    insert(1, 2)
    insert(3)
    assert [[row["id"] for row in rows] for rows in faults.inserts] == [["1", "2"], ["3"]]


def test_an_unfinished_query_is_asked_for_again(faults, dataset):
    faults.plan(Fault("unfinished", "/queries"))
    with bigquery.connect(faults.url) as client:
        rows = client.query_and_wait("SELECT 1 AS one")
    assert [row["one"] for row in rows] == [1]
