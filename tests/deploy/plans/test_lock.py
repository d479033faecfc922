"""A lock is taken away from a dead run of ours alone."""

import json
import os
import pwd
import socket
from datetime import UTC, datetime, timedelta

import pytest

from deploy.plans import lock
from deploy.plans.lock import HOLDER, LOCK, LockError, Why
from deploy.plans.store import Folder, Stored

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
ENDED = AT + timedelta(minutes=10)
US = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
WRITTEN = {
    "ID": "2f8a1c9e-1111-2222-3333-444455556666",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": US,
    "Version": "1.11.4",
    "Created": (AT + timedelta(minutes=1)).isoformat(),
    "Path": "gs://b/pipeline/default.tflock",
}


class Told:
    """Runs that have ended when the test says."""

    def __init__(self, ended=ENDED):
        self._ended = ended
        self.asked = []

    def ended(self, holder):
        self.asked.append((holder.run_id, holder.attempt, holder.job_id))
        return self._ended


@pytest.fixture
def store(tmp_path):
    """A state that run 7 said it would lock."""
    folder = Folder(tmp_path)
    lock.announce(folder, 7, 1, 99, AT)
    return folder


def locked(store, **changes):
    store.replace(LOCK, json.dumps({**WRITTEN, **changes}).encode())


def recover(store, runs=None):
    unlocked = []
    gave = lock.recover(store, runs or Told(), unlocked.append)
    return gave, unlocked


def refused(store, runs=None):
    unlocked = []
    with pytest.raises(LockError) as info:
        lock.recover(store, runs or Told(), unlocked.append)
    assert unlocked == []
    return info.value.why


def test_the_lock_of_a_dead_run_is_taken_away(store):
    locked(store)
    runs = Told()
    assert recover(store, runs) == (WRITTEN["ID"], [WRITTEN["ID"]])
    assert runs.asked == [(7, 1, 99)]


def test_without_a_lock_nobody_is_asked(store):
    runs = Told()
    assert recover(store, runs) == ("", [])
    assert runs.asked == []


def test_a_bucket_s_lock_is_named_by_its_generation():
    """As Terraform has it: of a lock that is another by then, nothing is deleted."""
    raw = json.dumps(WRITTEN).encode()
    assert lock.read(Stored(raw, "1764590400000000")).id == "1764590400000000"
    assert lock.read(Stored(raw)).id == WRITTEN["ID"]


def at(**delta):
    return (AT + timedelta(**delta)).isoformat()


FOREIGN = {
    "a person's": {"Who": "alice@laptop"},
    "another machine's": {"Who": f"{US}-2"},
    "another user's of this machine": {"Who": f"x{US}"},
    "older than the run": {"Created": at(minutes=-2)},
    "younger than the run's end": {"Created": at(minutes=12)},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_lock_of_somebody_else_stays(store, case):
    locked(store, **FOREIGN[case])
    assert refused(store) == Why.FOREIGN


def test_a_run_at_the_end_of_time_takes_no_lock_away(store):
    locked(store, Created=at(minutes=12))
    ended = Told(datetime.max.replace(tzinfo=UTC))
    assert recover(store, ended)[0]
    early = Told(datetime.min.replace(tzinfo=UTC))
    locked(store, Created=at(minutes=12))
    assert refused(store, early) == Why.FOREIGN


@pytest.mark.parametrize(
    "when", [at(seconds=-30), at(), at(minutes=10), at(minutes=10, seconds=30)]
)
def test_clocks_may_differ_a_little(store, when):
    locked(store, Created=when)
    assert recover(store)[0]


def test_a_lock_that_no_run_announced_stays(tmp_path):
    locked(Folder(tmp_path))
    assert refused(Folder(tmp_path)) == Why.FOREIGN


def test_a_run_that_goes_on_keeps_its_lock(store):
    locked(store)
    assert refused(store, Told(None)) == Why.RUNNING


def test_runs_that_cannot_be_asked_keep_the_lock(store):
    class Silent:
        def ended(self, _holder):
            raise LockError(Why.RUNNING, "GitHub cannot be asked")

    locked(store)
    assert refused(store, Silent()) == Why.RUNNING


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[]", b"\xff", b"null", json.dumps({**WRITTEN, "ID": "-force; rm"}).encode(),
     json.dumps({**WRITTEN, "ID": ""}).encode(), json.dumps({**WRITTEN, "Who": ""}).encode(),
     json.dumps({**WRITTEN, "Created": "yesterday"}).encode(),
     json.dumps({**WRITTEN, "Created": "2026-12-01T12:00:00"}).encode()],
)  # fmt: skip
def test_a_lock_that_cannot_be_read_stays(store, raw):
    store.replace(LOCK, raw)
    assert refused(store) == Why.UNREADABLE


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"run_id": "7"}', b"\xff"])
def test_a_note_that_cannot_be_read_takes_no_lock_away(store, raw):
    locked(store)
    store.replace(HOLDER, raw)
    assert refused(store) == Why.UNREADABLE


def test_the_last_that_announced_itself_counts(store):
    """Of two runs one after the other; the first one's lock is no longer ours to judge."""
    locked(store)
    lock.announce(store, 8, 1, None, AT + timedelta(minutes=5))
    assert refused(store) == Why.FOREIGN
