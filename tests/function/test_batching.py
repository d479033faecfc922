"""Group commit: shared inserts, separate fates."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from function.batching import MAX_BYTES, MAX_ROWS, WRITERS, GroupCommit


class Recorder:
    """A table that remembers its inserts; it can be slow, refuse rows, or fail as a whole."""

    def __init__(self, delay_s=0.0, bad=(), error=None):
        self.batches = []
        self.delay_s = delay_s
        self.bad = set(bad)
        self.error = error
        self.most_at_once = self._now = 0
        self._lock = threading.Lock()

    def write(self, rows, _within_s):
        with self._lock:
            self.batches.append([row["n"] for row in rows])
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(self.delay_s)
        with self._lock:
            self._now -= 1
        if self.error:
            raise self.error
        return [ValueError(row["n"]) if row["n"] in self.bad else None for row in rows]


def commit_all(group, numbers, *, threads=64, size=10, within_s=5.0):
    """Commit each number from a thread of its own; return what was raised for each, or None."""

    def commit(number):
        try:
            group.commit({"n": number}, size, within_s)
        except Exception as exc:  # noqa: BLE001 - it is the result
            return exc
        return None

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(commit, numbers))


def test_deliveries_that_arrive_together_share_inserts():
    table = Recorder(delay_s=0.02)
    group = GroupCommit(table.write, linger_s=0.5, deadline_s=5)
    assert commit_all(group, range(64)) == [None] * 64
    assert sorted(number for batch in table.batches for number in batch) == list(range(64))
    assert len(table.batches) <= 4


def test_a_lone_delivery_is_written_after_the_linger():
    table = Recorder()
    group = GroupCommit(table.write, linger_s=0.01, deadline_s=5)
    started = time.monotonic()
    group.commit({"n": 1}, 10, 5)
    assert 0.01 <= time.monotonic() - started < 4
    assert table.batches == [[1]]


def test_one_bad_row_does_not_fail_its_neighbours():
    table = Recorder(delay_s=0.01, bad={3, 40})
    fates = commit_all(GroupCommit(table.write, linger_s=0.05, deadline_s=5), range(64))
    assert [number for number, fate in enumerate(fates) if fate] == [3, 40]
    assert str(fates[3]) == "3"


def test_a_failed_insert_fails_its_own_rows_alone():
    table = Recorder(error=ConnectionError("gone"))
    group = GroupCommit(table.write, linger_s=0.02, deadline_s=5)
    assert all(isinstance(fate, ConnectionError) for fate in commit_all(group, range(8)))
    table.error = None
    assert commit_all(group, range(8)) == [None] * 8


def test_nobody_is_told_yes_before_the_insert_returns():
    table = Recorder(delay_s=0.3)
    started = time.monotonic()
    GroupCommit(table.write, linger_s=0.0, deadline_s=5).commit({"n": 1}, 10, 5)
    assert time.monotonic() - started >= 0.3


def test_a_batch_is_never_larger_than_its_limits():
    table = Recorder(delay_s=0.05)
    group = GroupCommit(table.write, linger_s=0.5, deadline_s=20)
    numbers = range(MAX_ROWS + 100)
    assert commit_all(group, numbers, threads=len(numbers), within_s=20) == [None] * len(numbers)
    assert max(map(len, table.batches)) <= MAX_ROWS
    table.batches.clear()
    commit_all(group, range(16), size=MAX_BYTES // 3)
    assert max(map(len, table.batches)) <= 3


def test_a_row_over_the_limit_goes_alone():
    table = Recorder()
    group = GroupCommit(table.write, linger_s=0.05, deadline_s=5)
    assert commit_all(group, range(4), size=MAX_BYTES * 9) == [None] * 4
    assert sorted(map(len, table.batches)) == [1] * 4


def test_a_full_batch_does_not_wait_for_the_linger():
    table = Recorder()
    group = GroupCommit(table.write, linger_s=30, deadline_s=60)
    started = time.monotonic()
    group.commit({"n": 1}, MAX_BYTES, 5)
    assert time.monotonic() - started < 5


def test_few_inserts_run_at_once():
    table = Recorder(delay_s=0.05)
    commit_all(GroupCommit(table.write, linger_s=0.0, deadline_s=10), range(64), within_s=10)
    assert table.most_at_once <= WRITERS


def test_a_delivery_gives_up_at_its_deadline():
    table = Recorder(delay_s=3.0)
    group = GroupCommit(table.write, linger_s=0.0, deadline_s=5)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        group.commit({"n": 1}, 10, 0.1)
    assert time.monotonic() - started < 2.5


def test_a_batch_that_waited_too_long_is_not_written_any_more():
    """Its deliveries have been answered; writing it would only make duplicates."""
    table = Recorder(delay_s=0.5)
    group = GroupCommit(table.write, linger_s=0.0, deadline_s=0.2)
    fates = commit_all(group, range(8), within_s=3.0)
    assert sum(isinstance(fate, TimeoutError) for fate in fates) == 8 - sum(
        len(batch) for batch in table.batches
    )
    assert len(table.batches) < 8


def test_the_writer_learns_how_much_time_is_left():
    left = []

    def write(rows, within_s):
        left.append(within_s)
        return [None] * len(rows)

    GroupCommit(write, linger_s=0.1, deadline_s=2.0).commit({"n": 1}, 10, 5)
    assert 0 < left[0] <= 1.9
