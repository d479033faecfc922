"""The one required check says yes only when every job that had to succeed did."""

import json
import os
import subprocess

import pytest

from gates.github.conclusion import EVENTS, JOBS, NeedsError, complaints, read
from local.layout import ROOT

GOOD = dict.fromkeys(JOBS, "success")


def needs(results):
    return json.dumps({job: {"result": result, "outputs": {}} for job, result in results.items()})


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_a_run_whose_jobs_all_succeeded_passes(event):
    assert list(complaints(GOOD, event)) == []


@pytest.mark.parametrize("event", ["push", "merge_group"])
def test_a_job_that_has_nothing_to_do_on_an_event_may_be_skipped(event):
    assert list(complaints(GOOD | {"dependency-review": "skipped"}, event)) == []


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("result", ["failure", "cancelled", "", "Success", "neutral"])
@pytest.mark.parametrize("job", sorted(JOBS))
def test_no_job_may_end_otherwise(job, result, event):
    """Not even the one that may be skipped."""
    assert list(complaints(GOOD | {job: result}, event)) == [f"{job}: {result}"]


@pytest.mark.parametrize(
    ("job", "event"), [(job, event) for job, events in JOBS.items() for event in sorted(events)]
)
def test_a_job_that_had_to_run_may_not_be_skipped(job, event):
    found = list(complaints(GOOD | {job: "skipped"}, event))
    assert found == [f"{job}: skipped, and on {event} it must run"]


@pytest.mark.parametrize("job", sorted(JOBS))
def test_a_job_that_nobody_waits_for_is_missed(job):
    """Who takes a job out of `needs` does not get past it."""
    results = {name: result for name, result in GOOD.items() if name != job}
    assert list(complaints(results, "push")) == [f"{job}: it is not among the needed jobs"]


def test_a_job_that_is_not_known_is_no_reason_to_pass():
    found = list(complaints(GOOD | {"new": "success"}, "push"))
    assert found == ["new: nobody said when it must succeed; add it to gates/github/conclusion.py"]


@pytest.mark.parametrize("event", ["", "pull_request_target", "schedule", "workflow_dispatch"])
def test_an_event_that_nobody_thought_of_cannot_be_judged(event):
    with pytest.raises(NeedsError, match="EVENT is"):
        list(complaints(GOOD, event))


@pytest.mark.parametrize(
    "raw",
    [
        *("", "null", "[]", "7", '"success"', "{", '{"gates": "success"}', '{"gates": {}}'),
        *('{"a": []}', "[" * 100_000),
    ],
    ids=lambda raw: raw[:20],
)
def test_needs_of_another_shape_cannot_be_judged(raw):
    with pytest.raises(NeedsError, match="NEEDS is not"):
        read(raw)


@pytest.mark.parametrize(
    ("results", "event", "status", "said"),
    [
        (GOOD, "pull_request", 0, "all gates pass: codeql, dependency-review, gates"),
        (GOOD | {"test": "failure"}, "push", 1, "test: failure\nnot all gates pass"),
        ({}, "push", 1, "gates: it is not among the needed jobs"),
        (GOOD, "", 2, "could not judge: EVENT is ''"),
    ],
)
def test_the_command_says_why_and_ends_with_the_answer(results, event, status, said):
    """As the workflow calls it: through make, which turns every other status into its own."""
    ended = subprocess.run(
        ["make", "--silent", "all-gates-pass"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "NEEDS": needs(results), "EVENT": event},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said in ended.stdout
    assert ended.returncode == (2 if status else 0), ended.stderr
    assert bool(status) == (f"Error {status}" in ended.stderr)


def test_the_command_needs_no_installed_package():
    """Nothing that a job installs can make it say yes."""
    script = "import sys; sys.modules.update(click=None, rich=None, pydantic=None, yaml=None); "
    ended = subprocess.run(
        [
            "python3",
            "-I",
            "-S",
            "-c",
            f"{script}sys.path.insert(0, '.'); import gates.github.conclusion",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
