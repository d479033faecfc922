"""The commands tell what they would do, do it when told to, and show no payload."""

import pytest
from click.testing import CliRunner

from local import layout
from recovery import drill
from recovery.__main__ import main
from recovery.place import Place

SECRET_LIKE = "the payload of somebody"


@pytest.fixture
def run(pipeline, monkeypatch):
    """Run a command on the pipeline."""
    monkeypatch.setattr(Place, "find", lambda _project: pipeline.place)

    def invoke(*arguments):
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, " ".join(result.output.split())

    return invoke


def test_a_replay_is_only_told_unless_it_is_asked_for(run, pipeline):
    pipeline.bury(b'{"id": 1, "name": "%s"}' % SECRET_LIKE.encode(), event_id="e")
    code, said = run("replay")
    assert code == 0
    assert "undelivered" in said
    assert "nothing was sent: --yes" in said
    assert pipeline.deliver() == 0
    code, said_then = run("replay", "--yes")
    assert code == 0
    assert "1 sent" in said_then
    assert SECRET_LIKE not in said + said_then
    assert pipeline.deliver() == 1
    assert run("replay", "--yes")[1].endswith("nothing to send")


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--attribute", "kind=b"], 1),
        (["--attribute", "kind"], 2),
        (["--limit", "1"], 1),
        (["--source", "quarantine"], 0),
        (["--reason", "not_json"], 0),
        (["--until", "2020-01-01T00:00:00Z"], 0),
        (["--message-id", "no"], 0),
    ],
    ids=str,
)
def test_each_filter_reaches_the_replay(run, pipeline, arguments, count):
    for kind in "ab":
        pipeline.bury(b'{"id": 1}', kind=kind)
    run("replay", "--yes", *arguments)
    assert pipeline.deliver() == count


def test_tables_are_snapshot_lost_and_restored(run, pipeline):
    code, stamp = run("snapshot", "--keep-days", "2")
    assert code == 0
    with pipeline.place.bigquery() as client:
        client.delete_table(pipeline.place.table(layout.TABLE))
        code, said = run("restore")
        assert "nothing was done: --yes" in said
        code, said = run("restore", "--yes", "--snapshot", stamp.split(":")[0])
        assert (code, "has the snapshot's 0 rows" in said) == (0, True)
        assert client.get_table(pipeline.place.table(layout.TABLE))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["restore"], "no such snapshot"),
        (["replay", "--since", "yesterday"], "2026-12-01T00:00:00Z"),
        (["replay", "--limit", "0"], "limit"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_without_a_stack_trace(run, arguments, said):
    code, output = run(*arguments)
    assert code != 0
    assert said in output
    assert "Traceback" not in output


def test_googles_refusal_is_told_by_its_kind(run, pipeline):
    """Its text may quote rows."""
    with pipeline.place.bigquery() as client:
        client.delete_table(pipeline.place.table(layout.QUARANTINE_TABLE))
    code, said = run("snapshot")
    assert code == 1
    assert "NotFound" in said
    assert pipeline.place.dataset not in said


def test_the_drill_ends_with_its_own_status(run, monkeypatch):
    monkeypatch.setattr(drill, "run", lambda rows, _console: 1 if rows == 100 else 0)
    assert run("drill", "--rows", "100")[0] == 1
    assert run("drill")[0] == 0
