"""What did not become a row is sent again, loses nothing, and doubles nothing to readers."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from local import layout
from local.layout import ROOT
from recovery.errors import RecoveryError
from recovery.replay import Replay
from recovery.selection import Selection

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=20)
OVERSIZED = b'{"id": 1, "name": "' + b"x" * (7 << 20) + b'"}'


def replay(pipeline, *, send=True, sources=("dead-letters", "quarantine"), limit=None, **wanted):
    # Not NOW, which is when the first of all tests was collected.
    until = datetime.now(UTC) + timedelta(minutes=5)
    bounds = {"since": OLD - timedelta(days=1), "until": until}
    selection = Selection(**{**bounds, **wanted})
    return Replay(pipeline.place, selection, send=send, limit=limit).run(sources)


def test_a_look_takes_nothing_and_sends_nothing(pipeline):
    letter = pipeline.bury(b'{"id": 1}')
    pipeline.quarantine(b'{"id": 2}')
    found = replay(pipeline, send=False)
    assert found.messages == 2
    assert pipeline.deliver() == 0
    assert pipeline.dead() == [letter]


def test_a_dead_letter_becomes_a_row_of_its_first_publish_time(pipeline, rows_of):
    letter = pipeline.bury(b'{"id": 1}', published=OLD, event_id="e")
    assert replay(pipeline).chosen["undelivered"].without_event_id == 0
    assert pipeline.deliver() == 1
    assert pipeline.dead() == []
    (row,) = rows_of(pipeline.place.dataset)
    assert (row["message_id"], row["publish_time"]) == (f"dead-letter:{letter}", OLD)
    assert row["attributes"] == {"event_id": "e"}, "Pub/Sub's marks are no publisher's"
    assert pipeline.read() == [1]


def test_a_quarantined_message_is_a_row_of_its_first_id_once_it_can_be_one(pipeline, rows_of):
    """It was poison to an earlier contract, say."""
    first = pipeline.quarantine(b'{"id": 3}', publish_time=OLD.isoformat())
    replay(pipeline)
    assert pipeline.deliver() == 1
    (row,) = rows_of(pipeline.place.dataset)
    assert (row["message_id"], row["publish_time"]) == (first, OLD)


def test_to_replay_twice_changes_nothing_for_readers(pipeline, rows_of):
    """Weeks after, too: both rows have the publish time of the first."""
    pipeline.quarantine(b'{"id": 3}', publish_time=OLD.isoformat())
    for _ in range(2):
        replay(pipeline)
        pipeline.deliver()
    assert len(rows_of(pipeline.place.dataset)) == 2
    assert pipeline.read() == [3]


def test_a_replay_of_what_was_a_row_after_all_changes_nothing(pipeline, rows_of):
    """Written, and yet not acknowledged in time; its publisher gave it an event_id."""
    written = {"id": "1", "message_id": "m", "publish_time": OLD.isoformat()}
    pipeline.insert(layout.TABLE, {**written, "attributes": '{"event_id": "e"}'})
    pipeline.bury(b'{"id": 1}', published=OLD, event_id="e")
    replay(pipeline)
    pipeline.deliver()
    assert len(rows_of(pipeline.place.dataset)) == 2
    assert pipeline.read() == [1]


KILLED = """
import os, signal, sys
from recovery import dead_letters
dead_letters.DeadLetters.acknowledge = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from recovery.__main__ import main
main(["replay", "--project", sys.argv[1], "--yes"])
"""


def test_a_kill_between_publishing_and_acknowledging_changes_nothing(pipeline, rows_of):
    letter = pipeline.bury(b'{"id": 1}')
    hosts = {
        "PUBSUB_EMULATOR_HOST": pipeline.place.pubsub_emulator,
        "BIGQUERY_EMULATOR_HOST": pipeline.place.bigquery_emulator,
    }
    command = [sys.executable, "-c", KILLED, layout.PROJECT]
    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **hosts}, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    # What was leased to the dead process comes back at its end: here by going back.
    pipeline.emulator.subscriptions.seek(
        request={"subscription": pipeline.place.dead_letters, "time": OLD}
    )
    assert pipeline.dead() == [letter], "not acknowledged"
    assert replay(pipeline).messages == 1
    assert pipeline.deliver() == 2, "published by both runs"
    assert len(rows_of(pipeline.place.dataset)) == 2
    assert pipeline.read() == [1]


def test_nothing_is_acknowledged_that_was_not_published(pipeline):
    letter = pipeline.bury(b'{"id": 1}')
    pipeline.emulator.topics.delete_topic(topic=pipeline.place.replay_topic)
    with pytest.raises(RecoveryError, match="nothing is lost"):
        replay(pipeline)
    assert pipeline.dead() == [letter]


def test_poison_comes_back_to_the_quarantine_and_is_sent_once_a_run(pipeline, rows_of):
    """However often it failed, it is one message; and no run meets its own failures."""
    first = pipeline.quarantine(b'{"id": 1, "extra": 1}')
    for runs in (1, 2):
        assert replay(pipeline, sources=["quarantine"]).messages == 1
        assert pipeline.deliver() == 1
        rows = rows_of(pipeline.place.dataset, layout.QUARANTINE_TABLE)
        assert [row["message_id"] for row in rows] == [first] * (runs + 1)
    assert pipeline.read() == []


def test_what_dies_while_a_run_goes_on_is_left_for_the_next(pipeline, monkeypatch):
    """Or a message that dies at once would be sent for ever."""
    pipeline.bury(b'{"id": 1}')
    sent = []

    def publish_and_die(_self, _publisher, replays):
        assert len(sent) < 5, "without an end"
        sent.extend(pipeline.bury(b'{"id": 1}') for _ in replays)

    monkeypatch.setattr(Replay, "_publish", publish_and_die)
    assert replay(pipeline, sources=["dead-letters"]).messages == 1
    assert pipeline.dead() == sent


def test_a_replay_that_died_is_sent_under_its_first_id(pipeline, rows_of):
    """Its marks are of the replay, so it says itself what it was."""
    pipeline.bury(b'{"id": 1}', published=OLD)
    replay(pipeline)
    (entry,) = pipeline.emulator.pull(pipeline.place.replay_subscription)
    died = {"subscription": pipeline.place.replay_subscription}
    pipeline.bury(entry.message.data, **died)
    pipeline.push(entry.message, pipeline.place.replay_subscription)
    replay(pipeline)
    pipeline.emulator.subscriptions.acknowledge(
        subscription=pipeline.place.replay_subscription, ack_ids=[entry.ack_id]
    )
    assert pipeline.deliver() == 1
    assert len(rows_of(pipeline.place.dataset)) == 2
    assert pipeline.read() == [1]


@pytest.mark.parametrize(
    ("buried", "why"),
    [
        ({"data": OVERSIZED}, "larger than any table can hold"),
        ({"data": b"{}", "subscription": "projects/x/subscriptions/y"}, "of another subscription"),
        (
            {"data": b"{}", "published": NOW + timedelta(days=1)},
            "says not when it was published",
        ),
        (
            {
                "data": b"{}",
                "subscription": "projects/local-pipeline/subscriptions/data-ingest-replay",
            },
            "no replay of ours",
        ),
    ],
    ids=["oversized", "foreign", "of the future", "no replay"],
)
def test_what_cannot_be_sent_stays_and_is_told(pipeline, buried, why):
    letter = pipeline.bury(**buried)
    found = replay(pipeline, sources=["dead-letters"])
    assert (found.messages, dict(found.left)) == (0, {why: 1})
    assert pipeline.dead() == [letter]


def test_the_first_part_of_a_message_is_not_sent(pipeline):
    """The whole is a dead letter: the row tells its size."""
    pipeline.quarantine(b"first part", size_bytes=str(8 << 20))
    assert dict(replay(pipeline, sources=["quarantine"]).left) == {"kept in part": 1}


def test_a_limit_and_a_filter_leave_the_rest(pipeline):
    letters = [pipeline.bury(b'{"id": 1}', kind=kind) for kind in "abb"]
    found = replay(pipeline, attributes=(("kind", "b"),), limit=1)
    assert found.messages == 1
    assert dict(found.left) == {"not selected": 1, "over the limit": 1}
    left = pipeline.dead(2)
    assert len(left) == 2
    assert letters[0] in left


@pytest.mark.parametrize(
    ("reasons", "count"),
    [
        ({"undelivered"}, 1),
        ({"unknown_field"}, 1),
        ({"undelivered", "unknown_field"}, 2),
        ({"x"}, 0),
    ],
)
def test_a_reason_chooses_its_source(pipeline, reasons, count):
    pipeline.bury(b'{"id": 1}')
    pipeline.quarantine(b'{"id": 2}')
    assert replay(pipeline, send=False, reasons=frozenset(reasons)).messages == count
