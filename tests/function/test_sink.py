"""The sink: which rows are durable, on two emulators and through BigQuery's own refusals."""

import time
from datetime import UTC, datetime

import pytest

from function.sink import Sink
from local import bigquery, layout
from local.faults import Fault
from servicekit.bigquery import (
    BigQueryConnection,
    BigQueryRefusedError,
    BigQueryUnavailableError,
)
from tests.emulators import new_dataset

NOW = datetime.now(UTC).isoformat()


def row(number, **changes):
    return {
        "id": str(number),
        "name": f"n{number}",
        "message_id": f"m{number}",
        "publish_time": NOW,
        "attributes": '{"event_id": "e"}',
        "ingest_time": NOW,
        **changes,
    }


def sink(url, dataset, table=layout.TABLE):
    return Sink(BigQueryConnection(layout.PROJECT, url), f"{layout.PROJECT}.{dataset}.{table}")


def ids(url, dataset):
    with bigquery.connect(url) as client:
        query = f"SELECT id FROM `{dataset}.{layout.TABLE}` WHERE publish_time IS NOT NULL"  # noqa: S608 - our own names
        return sorted(found["id"] for found in client.query_and_wait(query))


# The contract that both emulators, and so probably BigQuery, fulfil.


@pytest.mark.parametrize(
    "name",
    ["plain", "", None, "日本 🛫", "مرحبا", "\x00", "\x1f\u2028", "quote ' \" \\ `", "x" * 100_000],
    ids=lambda name: repr(name)[:20],
)
def test_a_row_is_found_as_it_was_written(each_bigquery_url, name):
    dataset = new_dataset(each_bigquery_url)
    assert sink(each_bigquery_url, dataset).write([row(1, name=name)], 5) == [None]
    with bigquery.connect(each_bigquery_url) as client:
        query = f"SELECT * FROM `{dataset}.{layout.TABLE}` WHERE publish_time IS NOT NULL"  # noqa: S608 - our own names
        (found,) = client.query_and_wait(query)
    assert (found["id"], found["name"], found["message_id"]) == (1, name, "m1")
    assert found["publish_time"] == datetime.fromisoformat(NOW)
    assert found["attributes"] == {"event_id": "e"}


@pytest.mark.parametrize("number", [-(1 << 63), -1, 0, 1, (1 << 53) + 1, (1 << 63) - 1])
def test_every_64_bit_integer_keeps_its_digits(each_bigquery_url, number):
    dataset = new_dataset(each_bigquery_url)
    assert sink(each_bigquery_url, dataset).write([row(number)], 5) == [None]
    assert ids(each_bigquery_url, dataset) == [number]


def test_many_rows_are_one_insert(each_bigquery_url):
    dataset = new_dataset(each_bigquery_url)
    rows = [row(number) for number in range(500)]
    assert sink(each_bigquery_url, dataset).write(rows, 8) == [None] * 500
    assert ids(each_bigquery_url, dataset) == list(range(500))


def test_copies_are_all_kept(bigquery_url, dataset):
    """Duplicates are the reader's to drop: nothing here may rely on BigQuery doing it."""
    table = sink(bigquery_url, dataset)
    table.write([row(1)], 5)
    table.write([row(1)], 5)
    assert ids(bigquery_url, dataset) == [1, 1]


def test_the_check_knows_a_table_that_is_there(each_bigquery_url):
    dataset = new_dataset(each_bigquery_url)
    sink(each_bigquery_url, dataset).check()
    with pytest.raises(BigQueryUnavailableError):
        sink(each_bigquery_url, dataset, "no_such_table").check()


def test_a_missing_table_is_try_later(each_bigquery_url):
    """A table that was just created answers 404 for a while, so 404 is never poison."""
    dataset = new_dataset(each_bigquery_url)
    (fate,) = sink(each_bigquery_url, dataset, "no_such_table").write([row(1)], 2)
    assert isinstance(fate, BigQueryUnavailableError)


# What BigQuery answers and the emulators do not.


def test_a_refused_row_does_not_keep_its_neighbours_out(faults, dataset):
    faults.plan(Fault("insert_errors", values=("3", "7"), times=None))
    fates = sink(faults.url, dataset).write([row(number) for number in range(10)], 5)
    assert [number for number, fate in enumerate(fates) if fate] == [3, 7]
    assert isinstance(fates[3], BigQueryUnavailableError)
    assert ids(faults.url, dataset) == [0, 1, 2, 4, 5, 6, 8, 9]


def test_when_every_row_is_refused_none_is_durable(faults, dataset):
    faults.plan(Fault("insert_errors", values=("0", "1", "2"), times=None))
    fates = sink(faults.url, dataset).write([row(number) for number in range(3)], 5)
    assert all(isinstance(fate, BigQueryUnavailableError) for fate in fates)
    assert ids(faults.url, dataset) == []


@pytest.mark.parametrize("status", [400, 413])
def test_a_refused_request_is_halved_until_the_culprit_is_alone(faults, dataset, status):
    faults.plan(Fault("status", status=status, times=3))
    fates = sink(faults.url, dataset).write([row(number) for number in range(4)], 5)
    # 4 rows, then 2, then 1 were refused: the last one is the culprit as far as anybody can tell.
    assert [type(fate) for fate in fates] == [BigQueryRefusedError] + [type(None)] * 3
    assert ids(faults.url, dataset) == [1, 2, 3]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_failure_is_tried_again(faults, dataset, status):
    faults.plan(Fault("status", status=status, times=1))
    assert sink(faults.url, dataset).write([row(1)], 5) == [None]
    assert ids(faults.url, dataset) == [1]


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_lasting_failure_ends_at_the_deadline(faults, dataset, status):
    """The client library's own retry would go on for ten minutes."""
    faults.plan(Fault("status", status=status, times=None))
    started = time.monotonic()
    fates = sink(faults.url, dataset).write([row(1), row(2)], 1.0)
    assert time.monotonic() - started < 10
    assert all(isinstance(fate, BigQueryUnavailableError) for fate in fates)
    assert ids(faults.url, dataset) == []


def test_a_slow_answer_ends_at_the_deadline(faults, dataset):
    faults.plan(Fault("slow", seconds=10.0, times=None))
    started = time.monotonic()
    (fate,) = sink(faults.url, dataset).write([row(1)], 0.5)
    assert time.monotonic() - started < 4
    assert isinstance(fate, BigQueryUnavailableError)


def test_a_reset_connection_is_tried_again(faults, dataset):
    faults.plan(Fault("reset", times=2))
    assert sink(faults.url, dataset).write([row(1)], 5) == [None]
    assert ids(faults.url, dataset) == [1]


def test_an_answer_that_is_lost_costs_a_copy_and_no_row(faults, dataset):
    faults.plan(Fault("written_then_reset", times=1))
    assert sink(faults.url, dataset).write([row(1)], 5) == [None]
    assert ids(faults.url, dataset) == [1, 1]


def test_an_error_says_nothing_of_the_rows(faults, dataset):
    faults.plan(Fault("insert_errors", values=("1",), times=None))
    (fate,) = sink(faults.url, dataset).write([row(1, name="secret-value")], 5)
    assert "secret-value" not in str(fate)
