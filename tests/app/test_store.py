"""The store: rows without duplicates, page by page, on two emulators and through failures."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import bigquery as client_library

from app.selection import Filter, Selection
from app.settings import Settings
from app.store import BigQueryStore
from local import bigquery, layout
from local.faults import Fault
from servicekit import contract
from servicekit.bigquery import BigQueryUnavailableError
from tests.emulators import new_dataset

NOW = datetime.now(UTC).replace(microsecond=123456)
DAY = timedelta(days=1)
ALL = Selection(Filter(), 1000)


def store(url, dataset, **changes):
    variables = {
        "PROJECT_ID": layout.PROJECT,
        "DATASET": dataset,
        "TABLE_NAME": layout.TABLE,
        "AUDIENCES": "https://a.test",
        "ALLOWED_CALLERS": "r@x.y",
        "BIGQUERY_EMULATOR_HOST": url,
        **changes,
    }
    return BigQueryStore(Settings.from_env(variables), contract.load())


def row(number, *, age=timedelta(), message=None, event=None, name=None):
    return {
        "id": str(number),
        "name": name,
        "message_id": message or f"m{number}",
        "publish_time": (NOW - timedelta(minutes=1) - age).isoformat(),
        "attributes": json.dumps({} if event is None else {"event_id": event}),
    }


def fill(url, dataset, *rows):
    with bigquery.connect(url) as client:
        table = f"{layout.PROJECT}.{dataset}.{layout.TABLE}"
        errors = client.insert_rows_json(
            table, rows, row_ids=client_library.AutoRowIDs.DISABLED, timeout=10
        )
        assert errors == []


@pytest.fixture
def filled(each_bigquery_url):
    """Make a store over a new table with these rows."""

    def make(*rows, **changes):
        dataset = new_dataset(each_bigquery_url)
        fill(each_bigquery_url, dataset, *rows)
        return store(each_bigquery_url, dataset, **changes)

    return make


def ids(page):
    return [found["id"] for found in page.rows]


def all_pages(source, selection):
    pages = [source.read(selection)]
    while pages[-1].next:
        selection = replace(selection, after=pages[-1].next)
        pages.append(source.read(selection))
    return pages


def test_an_empty_table_is_an_empty_page(filled):
    page = filled(row(1, age=400 * DAY)).read(ALL)
    assert (page.rows, page.next) == ([], None)


def test_rows_come_newest_first_with_the_payload_alone(filled):
    source = filled(*(row(n, age=timedelta(seconds=n), name=f"n{n}") for n in (2, 1, 3)))
    assert source.read(ALL).rows == [{"id": n, "name": f"n{n}"} for n in (1, 2, 3)]


def test_a_redelivered_message_is_one_row(filled):
    assert ids(filled(row(1, message="m"), row(1, message="m")).read(ALL)) == [1]


def test_of_copies_the_earliest_counts(filled):
    source = filled(
        row(1, event="e", message="b", age=timedelta(seconds=1), name="second"),
        row(1, event="e", message="c", age=timedelta(seconds=2), name="first"),
        row(1, event="e", message="a", name="third"),
    )
    assert source.read(ALL).rows == [{"id": 1, "name": "first"}]


def test_of_copies_of_one_instant_the_smallest_message_id_counts(filled):
    source = filled(
        row(1, event="e", message="b", name="b"), row(1, event="e", message="a", name="a")
    )
    assert source.read(ALL).rows == [{"id": 1, "name": "a"}]


def test_an_event_id_is_no_message_id(filled):
    """The prefixes keep a publisher from hiding somebody else's message behind its id."""
    assert len(filled(row(1, message="x"), row(2, message="y", event="x")).read(ALL).rows) == 2


def test_an_empty_event_id_is_none(filled):
    """Else all messages of a publisher that forgot to fill it in would be one row."""
    assert sorted(ids(filled(row(1, event=""), row(2, event="")).read(ALL))) == [1, 2]


def test_an_earlier_copy_within_the_window_hides_the_row(filled):
    """Its first copy is before `since`, so it belongs to an earlier read."""
    source = filled(
        row(1, event="e", message="early", age=DAY + timedelta(hours=23)),
        row(1, event="e", message="late"),
        row(2),
        DEDUP_WINDOW="1d",
    )
    assert ids(source.read(Selection(Filter(since=NOW - DAY), 10))) == [2]


def test_an_earlier_copy_beyond_the_window_is_not_looked_for(filled):
    source = filled(
        row(1, event="e", message="early", age=2 * DAY + timedelta(hours=1)),
        row(1, event="e", message="late"),
        DEDUP_WINDOW="1d",
    )
    assert ids(source.read(Selection(Filter(since=NOW - DAY), 10))) == [1]


def test_since_is_inclusive_and_until_exclusive(filled):
    source = filled(*(row(n, age=timedelta(seconds=n)) for n in range(4)))
    moment = NOW - timedelta(minutes=1)
    selection = Selection(
        Filter(since=moment - timedelta(seconds=2), until=moment - timedelta(seconds=1)), 10
    )
    assert ids(source.read(selection)) == [2]


def test_without_since_a_read_reaches_back_as_far_as_the_setting(filled):
    source = filled(row(1), row(2, age=timedelta(hours=3)), DEFAULT_LOOKBACK="2h")
    assert ids(source.read(ALL)) == [1]


@pytest.mark.parametrize(
    ("equals", "found"),
    [
        ((("id", 2),), [2]),
        ((("name", "b"),), [3, 2]),
        ((("id", 3), ("name", "b")), [3]),
        ((("id", 1), ("name", "b")), []),
        ((("name", "' OR TRUE --"),), []),
        ((("name", ""),), [4]),
    ],
    ids=str,
)
def test_filters_compare_values(filled, equals, found):
    rows = [row(n, age=timedelta(seconds=-n), name=name) for n, name in enumerate(" abb", start=0)]
    source = filled(*rows[1:], row(4, age=timedelta(seconds=9), name=""))
    assert ids(source.read(Selection(Filter(equals), 10))) == found


def test_a_filter_sees_the_copy_that_counts_and_no_other(filled):
    source = filled(
        row(1, event="e", message="a", age=timedelta(seconds=1), name="first"),
        row(1, event="e", message="b", name="second"),
    )
    assert ids(source.read(Selection(Filter((("name", "second"),)), 10))) == []


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
def test_pages_hold_every_row_once_even_within_one_instant(filled, limit):
    rows = [row(n, age=timedelta(seconds=n // 5)) for n in range(20)]
    pages = all_pages(filled(*rows, *rows[:3]), Selection(Filter(), limit))
    found = [number for page in pages for number in ids(page)]
    assert sorted(found) == list(range(20))
    assert len(found) == len(set(found))
    assert all(len(page.rows) == limit for page in pages[:-1])


def test_pages_do_not_shift_while_rows_arrive(bigquery_url, dataset):
    fill(bigquery_url, dataset, *(row(n, age=timedelta(seconds=n)) for n in range(6)))
    source = store(bigquery_url, dataset)
    first = source.read(Selection(Filter(), 3))
    later = {**row(99), "publish_time": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()}
    fill(bigquery_url, dataset, later)
    second = source.read(Selection(Filter(), 3, first.next))
    assert (ids(first), ids(second), second.next) == ([0, 1, 2], [3, 4, 5], None)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_failure_is_unavailable_within_the_timeout(faults, dataset, status):
    source = store(faults.url, dataset, QUERY_TIMEOUT="1s")
    faults.plan(Fault("status", path="queries", status=status, times=None))
    started = time.monotonic()
    with pytest.raises(BigQueryUnavailableError):
        source.read(ALL)
    assert time.monotonic() - started < 15


def test_a_slow_query_is_unavailable(faults, dataset):
    source = store(faults.url, dataset, QUERY_TIMEOUT="500ms")
    faults.plan(Fault("slow", path="queries", seconds=3, times=None))
    with pytest.raises(BigQueryUnavailableError):
        source.read(ALL)


def test_the_check_knows_whether_the_table_is_there(each_bigquery_url):
    dataset = new_dataset(each_bigquery_url)
    store(each_bigquery_url, dataset).check()
    with pytest.raises(BigQueryUnavailableError):
        store(each_bigquery_url, dataset, TABLE_NAME="no_such_table").check()
