"""One answer: what could not be judged outweighs findings, and nothing at all is no pass."""

import json
from datetime import UTC, datetime

import pytest

from gates.finding import Finding, Level
from gates.outcome import Outcome, Status
from gates.verdict import COULD_NOT_JUDGE, FINDINGS, PASS, Verdict

OPEN = Finding(gate="g", rule="R1", level=Level.NOTE, path="a.py", line=3, message="bad")
WAIVED = Finding(gate="g", rule="R1", level=Level.ERROR, message="bad", waived="until then")


def outcome(status, *findings, scanned=1):
    return Outcome(gate="g", about="x", status=status, findings=findings, scanned=scanned)


GOOD = outcome(Status.PASSED)
RED = outcome(Status.FOUND, OPEN)
BROKEN = outcome(Status.BROKEN, scanned=0)
UNTOUCHED = outcome(Status.UNTOUCHED, scanned=0)


def verdict(*outcomes, complaints=()):
    return Verdict(
        outcomes=outcomes,
        complaints=complaints,
        wall_s=1.23456,
        sum_s=2.34567,
        commit="abc+",
        made=datetime(2030, 1, 31, tzinfo=UTC),
        notes=("loud",),
    )


@pytest.mark.parametrize(
    ("outcomes", "complaints", "expected"),
    [
        ((GOOD,), (), PASS),
        ((GOOD, UNTOUCHED), (), PASS),
        ((UNTOUCHED,), (), PASS),
        ((outcome(Status.PASSED, WAIVED),), (), PASS),
        ((GOOD, RED), (), FINDINGS),
        ((outcome(Status.FOUND, WAIVED, OPEN),), (), FINDINGS),
        ((GOOD,), ("expired",), FINDINGS),
        ((UNTOUCHED,), ("expired",), FINDINGS),
        ((RED, BROKEN), (), COULD_NOT_JUDGE),
        ((BROKEN, GOOD), ("expired",), COULD_NOT_JUDGE),
        ((), (), COULD_NOT_JUDGE),
        ((), ("expired",), COULD_NOT_JUDGE),
    ],
)
def test_the_worst_decides(outcomes, complaints, expected):
    assert verdict(*outcomes, complaints=complaints).exit_status == expected


@pytest.mark.parametrize(
    "contradiction",
    [
        outcome(Status.PASSED, OPEN),
        outcome(Status.PASSED, scanned=0),
        outcome(Status.FOUND),
        outcome(Status.FOUND, WAIVED),
        outcome(Status.UNTOUCHED, OPEN),
    ],
    ids=["passed with a finding", "passed of nothing", "found nothing", "all waived", "untouched"],
)
def test_an_outcome_that_contradicts_itself_is_no_judgement(contradiction):
    assert verdict(GOOD, contradiction).exit_status == COULD_NOT_JUDGE


def test_the_verdict_is_written_as_the_reports_read_it():
    written = json.loads(json.dumps(verdict(RED, complaints=("old",)).as_dict()))
    assert written == {
        "exit_status": 1,
        "commit": "abc+",
        "made": "2030-01-31T00:00:00+00:00",
        "wall_s": 1.235,
        "sum_s": 2.346,
        "notes": ["loud"],
        "complaints": ["old"],
        "outcomes": [
            {
                "gate": "g",
                "about": "x",
                "status": "found",
                "reason": "",
                "scanned": 1,
                "unit": "files",
                "seconds": 0.0,
                "version": "",
                "notes": [],
                "findings": [
                    {
                        "rule": "R1",
                        "level": "note",
                        "path": "a.py",
                        "line": 3,
                        "message": "bad",
                        "fix": "",
                        "waived": "",
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("path", "line", "place"), [("a.py", 3, "a.py:3"), ("a.py", 0, "a.py"), ("", 0, "")]
)
def test_a_place_is_what_is_known_of_it(path, line, place):
    finding = Finding(gate="g", rule="R", level=Level.ERROR, path=path, line=line, message="m")
    assert finding.place == place


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [((GOOD,), "pass"), ((RED,), "findings"), ((BROKEN,), "could not judge")],
)
def test_the_answer_has_words(outcomes, words):
    assert verdict(*outcomes).words == words
