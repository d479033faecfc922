"""The drill in its short form; and it notices a row that is lost, doubled or changed."""

import io

import pytest
from rich.console import Console

from recovery import drill, load, restore
from recovery.drill import Drill


def run():
    """Run the short form; return exit status and what was printed."""
    output = io.StringIO()
    return drill.run(500, Console(file=output, width=120)), output.getvalue()


@pytest.mark.long
@pytest.mark.timeout(400)
def test_no_acknowledged_row_is_lost_with_the_tables():
    """Snapshot, loss, restore and replay while publishers go on."""
    status, said = run()
    assert status == 0, said
    assert "nothing was lost" in said


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_restore_without_going_back_is_noticed(monkeypatch):
    """The rows that no snapshot has are lost."""
    monkeypatch.setattr(restore, "go_back", lambda *_: 0)
    monkeypatch.setattr(drill, "PATIENCE_S", 45.0)
    status, said = run()
    assert status == 1
    assert "FAILED: rows lost (RPO)" in said


def judged(monkeypatch, wanted, got):
    """Compare in the drill, with what a reader got."""
    judge = Drill.__new__(Drill)
    judge._found = drill.Findings()
    judge._load = type("Load", (), {"acknowledged": wanted})
    judge._on = type("On", (), {"stack": type("Stack", (), {"ports": None})})
    judge._count = lambda *_: 20
    monkeypatch.setattr(drill, "read_back", lambda _: load.Counter(got))
    judge._compare()
    return judge._found.faults


@pytest.mark.parametrize(
    ("got", "faults"),
    [
        ([(1, "a"), (2, "b")], []),
        ([(1, "a")], ["rows lost (RPO)"]),
        ([(1, "a"), (2, "b"), (2, "b")], ["rows doubled or changed"]),
        ([(1, "a"), (2, "c")], ["rows lost (RPO)", "rows doubled or changed"]),
        ([(1, "a"), (2, "b"), (3, "c")], ["rows doubled or changed"]),
    ],
    ids=["right", "lost", "doubled", "changed", "out of nowhere"],
)
def test_each_kind_of_wrong_row_is_a_fault(monkeypatch, got, faults):
    assert judged(monkeypatch, {(1, "a"), (2, "b")}, got) == faults
