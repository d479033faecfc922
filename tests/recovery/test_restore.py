"""What a snapshot may lack is delivered again, once to readers, or the restore refuses."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from google.cloud import bigquery

from local import layout
from recovery import restore, snapshots
from recovery.errors import RecoveryError
from recovery.replay import Replay
from recovery.selection import Selection
from recovery.snapshots import SCHEMAS

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch):
    """One clock for all: what died a moment ago did so before."""
    monkeypatch.setattr(restore, "CLOCKS", timedelta())


def settle(pipeline, subscription):
    """Take and acknowledge what is there; return it."""
    received = pipeline.emulator.pull_now(subscription)
    if received:
        ack_ids = [entry.ack_id for entry in received]
        pipeline.emulator.subscriptions.acknowledge(subscription=subscription, ack_ids=ack_ids)
    return [entry.message for entry in received]


def lose(client, place):
    for table in SCHEMAS:
        client.delete_table(place.table(table))


def test_acknowledged_rows_of_no_snapshot_come_again_once(pipeline, rows_of):
    """One is in the snapshot and comes again; one is in none; one is a replay of long ago."""
    place = pipeline.place
    pipeline.emulator.publish(layout.TOPIC, {"data": b'{"id": 1}'})
    (first,) = settle(pipeline, place.subscription)
    pipeline.push(first, place.subscription)
    old = datetime.now(UTC) - timedelta(days=20)
    with place.bigquery() as client:
        snapshots.take(client, place, 1)
        pipeline.emulator.publish(layout.TOPIC, {"data": b'{"id": 2}'})
        (second,) = settle(pipeline, place.subscription)
        pipeline.push(second, place.subscription)
        pipeline.bury(b'{"id": 3}', published=old)
        _replay(pipeline)
        pipeline.deliver()
        assert pipeline.read() == [1, 2, 3]
        lose(client, place)
        todo = restore.plan(client, place, margin=HOUR)
        told = []
        restore.carry_out(client, place, todo, settle_s=0, report=told.append)
        assert pipeline.read() == [1]
        for message in settle(pipeline, place.subscription):
            assert pipeline.push(message, place.subscription) == 204
        pipeline.deliver()
    assert len(rows_of(place.dataset)) == 4
    assert pipeline.read() == [1, 2, 3]
    assert any("has the snapshot's 1 rows" in line for line in told)


def _replay(pipeline):
    now = datetime.now(UTC)
    bounds = Selection(since=now - timedelta(days=30), until=now)
    assert Replay(pipeline.place, bounds, send=True).run(["dead-letters"]).messages == 1


def test_a_dead_letter_that_is_delivered_again_is_done_with_and_an_older_one_is_kept(pipeline):
    """Sent again too, under an id of its own, it would be two rows."""
    now = datetime.now(UTC)
    pipeline.bury(b'{"id": 1}', published=now - HOUR / 2)
    old = pipeline.bury(b'{"id": 2}', published=now - 2 * HOUR)
    foreign = pipeline.bury(b"x", subscription="projects/x/subscriptions/y")
    assert restore.go_back(pipeline.place, now - HOUR) == 0
    assert pipeline.dead(2) == sorted([old, foreign])


def test_where_some_die_meanwhile_the_subscriptions_go_back_again(pipeline, monkeypatch):
    """It is unknown whether the first time came before their death or after it."""
    since = datetime.now(UTC) - HOUR
    sought = []
    subscriber = type(pipeline.emulator.subscriptions)
    real = subscriber.seek

    def seek(client, request):
        sought.append(request["subscription"])
        if len(sought) == 1:
            pipeline.bury(b'{"id": 1}')
        return real(client, request=request)

    monkeypatch.setattr(subscriber, "seek", seek)
    assert restore.go_back(pipeline.place, since) == 0
    place = pipeline.place
    assert sought == [place.subscription, place.replay_subscription] * 2
    assert pipeline.dead() == []


def test_a_restore_that_died_can_be_run_again(pipeline, rows_of):
    place = pipeline.place
    with place.bigquery() as client:
        taken = snapshots.take(client, place, 1)
        lose(client, place)
        snapshots.restore(client, place, taken, layout.TABLE)
        pipeline.insert(
            layout.TABLE,
            {"id": "9", "message_id": "m", "publish_time": datetime.now(UTC).isoformat()},
        )
        todo = restore.plan(client, place, margin=HOUR)
        assert todo.tables == [layout.QUARANTINE_TABLE], "what is there is left alone"
        restore.carry_out(client, place, todo, settle_s=0, report=lambda _: None)
        assert snapshots.missing(client, place) == []
    assert len(rows_of(place.dataset)) == 1


def test_rows_that_a_new_table_loses_come_again_after_it_has_settled(pipeline, monkeypatch):
    """BigQuery takes rows for a table of a deleted one's name, and forgets them, for minutes."""
    place = pipeline.place
    pipeline.emulator.publish(layout.TOPIC, {"data": b'{"id": 1}'})
    settle(pipeline, place.subscription)
    lost = []

    def acknowledge_and_forget(seconds):
        lost.append((seconds, len(settle(pipeline, place.subscription))))

    with place.bigquery() as client:
        snapshots.take(client, place, 1)
        lose(client, place)
        todo = restore.plan(client, place, margin=HOUR)
        monkeypatch.setattr(restore, "time", SimpleNamespace(sleep=acknowledge_and_forget))
        restore.carry_out(client, place, todo, settle_s=600, report=lambda _: None)
    assert lost == [(600, 1)]
    assert len(settle(pipeline, place.subscription)) == 1


def test_a_gap_between_snapshot_and_retention_is_refused(pipeline):
    place = pipeline.place
    with place.bigquery() as client:
        taken = snapshots.take(client, place, 1)
        with pytest.raises(RecoveryError, match="--accept-gap"):
            restore.plan(client, place, margin=8 * 24 * HOUR)
        todo = restore.plan(client, place, margin=8 * 24 * HOUR, retention=None)
    assert todo.since == taken.taken - 8 * 24 * HOUR


def test_a_snapshot_that_is_not_there_is_told_with_those_that_are(pipeline):
    place = pipeline.place
    with place.bigquery() as client:
        with pytest.raises(RecoveryError, match="none"):
            restore.plan(client, place)
        taken = snapshots.take(client, place, 1)
        with pytest.raises(RecoveryError, match=taken.stamp):
            restore.plan(client, place, stamp="20200101T000000Z")
        assert restore.plan(client, place, stamp=taken.stamp).snapshot == taken


def test_a_snapshot_that_does_not_fit_is_refused_before_anything_is_made(pipeline):
    place = pipeline.place
    with place.bigquery() as client:
        client.delete_table(place.table(layout.TABLE))
        client.create_table(
            bigquery.Table(
                place.table(layout.TABLE), schema=[bigquery.SchemaField("id", "STRING", "REQUIRED")]
            )
        )
        snapshots.take(client, place, 1)
        lose(client, place)
        with pytest.raises(RecoveryError, match="does not fit"):
            restore.plan(client, place, margin=HOUR)
        assert snapshots.missing(client, place) == list(SCHEMAS)
