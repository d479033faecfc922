"""What is rehearsed is named once, and a run that comes out otherwise is a complaint."""

import pytest
import yaml

from local.layout import ROOT
from rehearsal.deployment.flat import written_out
from rehearsal.deployment.revisions import API, FUNCTION
from rehearsal.deployment.runs import QUICK, RUNS
from rehearsal.deployment.stage import SMALL
from rehearsal.workflows.standins import standins

JOBS = yaml.safe_load(written_out(ROOT, ".github/workflows/deploy.yml"))["jobs"]
GOOD = {run.name: run for run in RUNS}["good"]
LOGS = {job: f"x {words} y" for job, words in GOOD.says.items()}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_run_names_jobs_that_there_are(run):
    assert run.ends.keys() <= JOBS.keys()
    assert run.says.keys() <= run.ends.keys()


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_trouble_befalls_a_service_that_the_run_changes(run):
    changed = {API.name, FUNCTION.name} if run.of_both else {API.name}
    assert run.trouble.keys() <= changed


def test_each_service_has_a_candidate_that_fails():
    assert {name for run in RUNS for name in run.trouble} == {API.name, FUNCTION.name}


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ("PROMOTE: data-api-1: every one; pubsub-to-bigquery-1: every one", True),
        ("PROMOTE: data-api-1: every one", False),
        ("PROMOTE: pubsub-to-bigquery-1: every one", False),
        ("WAIT: data-api-1: no figures; pubsub-to-bigquery-1: no figures", False),
        ("PROMOTE: data-api-1: every one\n; pubsub-to-bigquery-1: every one", False),
    ],
)
def test_a_step_of_both_is_promoted_on_figures_of_both(said, enough):
    logs = {**LOGS, "canary-5": said}
    assert (list(GOOD.complaints(GOOD.ends, logs, "candidate")) == []) is enough


def test_all_jobs_are_needed_by_some_run():
    assert set(JOBS) == {job for run in RUNS for job in run.ends}


def test_the_names_are_the_documented_ones():
    text = (ROOT / "docs" / "rollout.md").read_text("utf-8")
    assert [run.name for run in RUNS if f"| `{run.name}` |" in text] == [run.name for run in RUNS]
    assert set(QUICK) <= {run.name for run in RUNS}


@pytest.mark.parametrize(
    ("results", "logs", "serves", "said"),
    [
        ({**GOOD.ends, "verify": "failure"}, LOGS, "candidate", "verify: failure instead"),
        ({**GOOD.ends, "back": "success"}, LOGS, "candidate", "back: success instead of skipped"),
        ({k: v for k, v in GOOD.ends.items() if k != "smoke"}, LOGS, "candidate", "smoke: skipped"),
        ({**GOOD.ends, "other": "success"}, LOGS, "candidate", "other: success"),
        (GOOD.ends, {}, "candidate", "does not say"),
        (GOOD.ends, LOGS, "stable", "the stable revision serves"),
    ],
    ids=["failed", "more", "left-out", "unknown", "silent", "serves"],
)  # fmt: skip
def test_whatever_comes_out_otherwise_is_said(results, logs, serves, said):
    assert any(said in each for each in GOOD.complaints(results, logs, serves))


def test_what_is_expected_is_no_complaint():
    assert list(GOOD.complaints(GOOD.ends, LOGS, "candidate")) == []


def test_the_images_can_be_made_small():
    """The Makefile's rule is exchanged in the rehearsal's copy, where it stands just so."""
    assert (ROOT / "Makefile").read_text("utf-8").count(SMALL.old) == 1


def test_every_action_of_the_release_has_a_stand_in():
    assert len(standins(written_out(ROOT, ".github/workflows/deploy.yml"))) == 5
