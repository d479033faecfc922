"""What code scanning gets is SARIF 2.1.0, also of a gate that could not judge."""

import json

import pytest

from gates.finding import Finding, Level
from gates.outcome import Outcome, Status
from gates.readers import Ended
from gates.readers import sarif as reader
from gates.reports import sarif


def outcome(*findings, status=Status.FOUND, **more):
    return Outcome(gate="g", about="x", status=status, findings=findings, scanned=1, **more)


def finding(**changes):
    keys = {"gate": "g", "rule": "R1", "level": Level.WARNING, "path": "a b.py", "line": 7}
    return Finding(**(keys | {"message": "m", "fix": "mend it"} | changes))


def test_what_is_written_is_read_again_as_it_was(tmp_path):
    written = (
        finding(),
        finding(rule="R2", level=Level.NOTE, path="caf\u00e9/x.py", line=0, fix=""),
    )
    out = sarif.render(outcome(*written))
    ended = Ended(gate="g", root=tmp_path, files=(), status=1, out=out, err="")
    read = tuple(reader.findings(ended, reader.run(ended)))
    assert [(f.rule, f.level, f.place, f.message) for f in read] == [
        (f.rule, f.level, f.place, f.message) for f in written
    ]


def run(log):
    document = json.loads(log)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (only,) = document["runs"]
    return only


def test_each_gate_is_a_category_of_its_own():
    assert run(sarif.render(outcome()))["automationDetails"] == {"id": "gates/g/"}


def test_a_waived_finding_is_suppressed_with_its_reason():
    result = run(sarif.render(outcome(finding(waived="until then"))))["results"][0]
    assert result["suppressions"] == [{"kind": "external", "justification": "until then"}]


def test_a_finding_without_a_place_has_none():
    result = run(sarif.render(outcome(finding(path="", line=0))))["results"][0]
    assert "locations" not in result


@pytest.mark.parametrize(
    ("status", "successful"),
    [(Status.PASSED, True), (Status.FOUND, True), (Status.UNTOUCHED, True), (Status.BROKEN, False)],
)
def test_a_gate_that_could_not_judge_says_so(status, successful):
    invocation = run(sarif.render(outcome(status=status, reason="no tool")))["invocations"][0]
    assert invocation["executionSuccessful"] is successful
    notes = invocation.get("toolExecutionNotifications", [])
    assert [each["message"]["text"] for each in notes] == ([] if successful else ["no tool"])


def test_the_worst_are_kept_of_too_many():
    many = (*[finding(level=Level.NOTE)] * 6000, finding(rule="WORST", level=Level.ERROR))
    results = run(sarif.render(outcome(*many)))["results"]
    assert len(results) == 5000
    assert results[0]["ruleId"] == "WORST"
