"""Publishers give both revisions enough, and see each message that is lost or doubled."""

import time
from concurrent.futures import Future
from itertools import count

import pytest

from deploy.canary import objectives
from local import bigquery, layout
from rehearsal.deployment import publishers
from rehearsal.deployment.publishers import Publishers, rate

pytestmark = [pytest.mark.timeout(300)]
NUMBERS = count(1000, 1000)
FEWEST = objectives.FUNCTION.objectives["acknowledgement"].fewest


@pytest.fixture
def published(stack):
    """Some messages, published and written; each test has numbers of its own."""
    with Publishers(stack.ports, lambda: 50, 1, next(NUMBERS)) as found:
        while found.published < 10:
            time.sleep(0.1)
    return found


@pytest.mark.parametrize("share", [5, 25, 50, 75, 100])
@pytest.mark.parametrize("minute_s", [1, 2, 60])
def test_a_window_holds_what_a_decision_needs_of_each_revision(share, minute_s):
    messages = rate(share, minute_s) * 5 * minute_s
    for part in {share, 100 - share} - {0}:
        assert messages * part / 100 > FEWEST


def test_hardly_anything_is_published_without_a_candidate():
    assert rate(0, 1) == rate(0, 60) == publishers.QUIET


def test_what_is_in_the_table_once_is_no_complaint(published):
    assert list(published.complaints()) == []


def test_a_message_that_is_lost_is_said(published, monkeypatch):
    # Those that are not lost get all the time there is.
    assert list(published.complaints()) == []
    monkeypatch.setattr(publishers, "TIMEOUT_S", 2.0)
    published._futures[999] = done = Future()
    done.set_result("an id")
    (said,) = published.complaints()
    assert said == f"1 of {published.published} messages are not in the table"


@pytest.mark.parametrize("is_another", [True, False])
def test_a_message_that_is_doubled_is_said(published, stack, is_another):
    """The same one once again, as a push that was not acknowledged in time, is none."""
    assert list(published.complaints()) == []
    number, future = next(iter(published._futures.items()))
    message_id = "another" if is_another else future.result()
    row = {"id": number, "name": publishers.NAME, "message_id": message_id}
    row |= dict.fromkeys(("publish_time", "ingest_time"), "2026-01-01T00:00:00+00:00")
    with bigquery.connect(stack.ports.url("bigquery")) as client:
        table = f"{layout.PROJECT}.{layout.DATASET}.{layout.TABLE}"
        assert client.insert_rows_json(table, [row]) == []
    said = list(published.complaints())
    doubled = f"1 of {published.published} messages are in the table twice"
    assert said == ([doubled] if is_another else [])


def test_a_message_that_is_not_published_is_said(published):
    published._futures[998] = done = Future()
    done.set_exception(TimeoutError())
    (said,) = published.complaints()
    assert said == f"1 of {published.published} messages were not published"


def test_nothing_published_is_no_proof(stack):
    assert list(Publishers(stack.ports, lambda: 0, 1, 1).complaints())
