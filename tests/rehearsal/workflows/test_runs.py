"""What a rehearsal expects: green is all jobs, red is exactly one job and the required check."""

import pytest
import yaml

from gates.github.conclusion import JOBS
from local.layout import ROOT
from rehearsal.workflows.events import KINDS
from rehearsal.workflows.runs import CHECK, QUICK, Run, runs

RUNS = {run.name: run for run in runs()}
GOOD = {name: run for name, run in RUNS.items() if run.fault is None}
BAD = {name: run for name, run in RUNS.items() if run.fault}


def test_a_good_tree_is_rehearsed_on_every_event():
    # A tag is another workflow's: tests/deploy/source/test_workflow.py.
    assert sorted([*(run.event for run in GOOD.values()), "tag"]) == sorted(KINDS)


def test_every_job_is_turned_red_by_a_fault_of_its_own():
    assert {run.fault.job for run in BAD.values() if run.fault.result == "failure"} == set(JOBS)


def test_a_fork_has_a_bad_tree_too():
    assert "fork" in {run.event for run in BAD.values()}


def test_every_job_of_the_workflow_is_expected_to_come_to_something():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    jobs = set(yaml.safe_load(text)["jobs"])
    assert {frozenset(run.expected) for run in RUNS.values()} == {frozenset(jobs)}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_fault_turns_exactly_its_job_and_the_check(name):
    run = BAD[name]
    good = Run(name="good", event=run.event).expected
    changed = {job for job, result in run.expected.items() if good[job] != result}
    assert changed == {run.fault.job, CHECK}
    assert run.expected[CHECK] == "failure"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_good_tree_is_green(name):
    assert "failure" not in RUNS[name].expected.values()
    assert RUNS[name].expected[CHECK] == "success"


def test_only_a_fork_shows_nothing():
    shown = {run.event: run.expected["code-scanning"] for run in GOOD.values()}
    assert shown.pop("fork") == "skipped"
    assert set(shown.values()) == {"success"}


def test_what_comes_out_otherwise_is_told():
    run = BAD["insecure-code"]
    logs = {"gates": "S602 in it"}
    assert list(run.complaints(run.expected, logs)) == []
    green = run.expected | {"gates": "success", CHECK: "success"}
    assert list(run.complaints(green, logs)) == [
        "gates: success instead of failure",
        "all-gates-pass: success instead of failure",
    ]
    assert list(run.complaints(run.expected | {"new": "success"}, logs)) == [
        "new: nobody expects this job"
    ]


def test_a_job_that_is_red_for_another_reason_is_told():
    run = BAD["insecure-code"]
    assert list(run.complaints(run.expected, {"gates": "no space left on device"})) == [
        "gates: its log does not say 'S602'"
    ]


def test_the_quick_form_is_a_good_tree_and_a_bad_one():
    assert [RUNS[name].fault is None for name in QUICK] == [True, False]
