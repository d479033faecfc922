"""The gates run at once, each answer counts, and who is left out says so."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from gates import runner
from gates.advisories.records import EXAMPLE
from gates.command import Subject
from gates.outcome import BrokenError, Status
from gates.runner import Question
from tests.gates.tools_of_ours import gate, lay_out, printing

SLEEP = "import time; time.sleep(1.5)\n"
FROM_FILE = """
import json, pathlib, sys
found = [{'rule': 'R1', 'level': 'error', 'message': 'm', 'path': 'a.py'}] * int(
    pathlib.Path('a.py').read_text())
print(json.dumps({'scanned': 1, 'findings': found}))
sys.exit(bool(found))
"""
WAIVER = """
[[waiver]]
gate = "one"
rule = "R1"
path = "a.py"
reason = "it is only a test"
owner = "@somebody"
added = {added}
expires = {expires}
"""


class Watcher:
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    def started(self, gate):
        self.told.append(f"{gate.name} begins")

    def ended(self, outcome):
        self.told.append(f"{outcome.gate} {outcome.status.value}")


@pytest.fixture
def judge(plant, tmp_path, monkeypatch):
    root = plant(tmp_path / "tree", {"a.py": "0", "b.sh": "", ".gitignore": ".cache\n"})

    def judge(script, gates=(), image=None, advisories=None, watcher=None, **question):
        folder = lay_out(tmp_path / f"venv-{time.monotonic_ns()}", script)
        monkeypatch.setenv("GATES_VENV", str(folder))
        known = {each.name: each for each in gates or (gate(name="one"), gate(name="two"))}
        subject = Subject(root=root, image=image, advisories=advisories)
        return runner.judge(known, subject, Question(**question), watcher or Watcher())

    judge.root = root
    return judge


def names(verdict):
    return [(each.gate, each.status) for each in verdict.outcomes]


def test_all_gates_are_asked_and_the_answer_is_in_their_order(judge):
    watcher = Watcher()
    verdict = judge(printing(1), watcher=watcher)
    assert names(verdict) == [("one", Status.PASSED), ("two", Status.PASSED)]
    assert verdict.exit_status == 0
    assert sorted(watcher.told) == ["one begins", "one passed", "two begins", "two passed"]


def test_one_red_gate_makes_all_red(judge):
    gates = (gate(name="one"), gate(name="two", command=["gone", "{files}"]))
    assert judge(printing(1), gates).exit_status == 2
    assert judge(printing(1, "R1", status=1)).exit_status == 1


def test_gates_run_at_once(judge):
    verdict = judge(SLEEP + printing(1), workers=2)
    assert verdict.sum_s > 3
    # One after the other they take at least their sum.
    assert verdict.wall_s < verdict.sum_s - 0.2


def test_a_subset_is_named(judge):
    assert names(judge(printing(1), names=("two",))) == [("two", Status.PASSED)]


@pytest.mark.parametrize("name", ["three", "", "one,two", "--help"])
def test_an_unknown_gate_is_no_judgement(judge, name):
    with pytest.raises(BrokenError, match="there are one, two"):
        judge(printing(1), names=(name,))


def test_a_gate_of_images_is_left_out_where_there_is_none(judge):
    gates = (gate(name="one"), gate(name="two", given="image"))
    assert names(judge(printing(1), gates)) == [("one", Status.PASSED)]
    assert len(judge(printing(1), gates, image=judge.root / "x.tar").outcomes) == 2


def test_a_gate_of_images_that_is_named_needs_one(judge):
    with pytest.raises(BrokenError, match="--image"):
        judge(printing(1), (gate(name="two", given="image"),), names=("two",))


def test_since_leaves_out_what_is_not_concerned_and_says_so(judge, plant):
    gates = (gate(name="one"), gate(name="two", reads=["*.sh"]))
    plant(judge.root, {"a.py": "0 "})
    verdict = judge(printing(1), gates, since="main~1")
    assert names(verdict) == [("one", Status.PASSED), ("two", Status.UNTOUCHED)]
    assert verdict.exit_status == 0


def test_since_an_unknown_commit_is_no_judgement(judge):
    with pytest.raises(BrokenError, match="SINCE=nowhere"):
        judge(printing(1), since="nowhere")


@pytest.mark.parametrize(
    ("count", "named", "status", "complaints"),
    [("1", "one", 0, 0), ("0", "one", 1, 1), ("2", "one", 1, 1), ("0", "two", 0, 0)],
    ids=["fits", "matches nothing", "covers too few", "of a gate that was not asked"],
)
def test_waivers_are_judged_with_the_gates(judge, plant, count, named, status, complaints):
    today = datetime.now(UTC).date()
    # Tomorrow, in case midnight comes between this and the judgement.
    waiver = WAIVER.format(added=today, expires=today + timedelta(days=1))
    plant(judge.root, {"a.py": count, "policies/waivers.toml": waiver})
    verdict = judge(FROM_FILE, names=(named,))
    assert verdict.exit_status == status
    assert len(verdict.complaints) == complaints


def test_a_local_set_is_named_loudly(judge):
    verdict = judge(printing(1), advisories=EXAMPLE)
    assert verdict.notes[0].startswith("OFFLINE: no current advisories were asked.")
    assert "days old" in verdict.notes[0]
    assert judge(printing(1)).notes == ()


def test_a_set_that_is_none_is_named_too(judge):
    verdict = judge(printing(1), advisories=judge.root / "gone.json")
    assert "OFFLINE" in verdict.notes[0]
    assert "gone.json" in verdict.notes[0]


def test_the_verdict_says_what_was_judged(judge, plant):
    verdict = judge(printing(1))
    assert len(verdict.commit) == 40
    (judge.root / "a.py").write_text("1", "utf-8")
    assert judge(printing(1)).commit == verdict.commit + "+"
