"""What ends a job before Terraform may do anything, and what Terraform gets to see of the job."""

import subprocess

import pytest

from deploy.jobs import pipeline
from deploy.jobs.run import Job
from deploy.nightly.comparison import compare
from deploy.plans.root import TerraformError
from deploy.plans.saved import SavedPlanError, sha256
from deploy.reference import RefusedError
from tests.deploy.desk.conftest import checkout  # noqa: F401 - a clean checkout, shared
from tests.deploy.plans.test_saved import record

TERRAFORM = """#!/bin/sh
env > "$SEEN"
echo "$@" >> "$SEEN"
[ "$1" = init ]
"""
SECRETS = {
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-run",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.invalid",
    "GITHUB_TOKEN": "of-github",
}


@pytest.fixture
def job(checkout, tmp_path_factory, monkeypatch):  # noqa: F811 - the fixture
    """A job at the checkout's commit, with a Terraform that writes down what it sees."""
    folder = tmp_path_factory.mktemp("terraform")
    program = folder / "terraform"
    program.write_text(TERRAFORM, "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(program))
    monkeypatch.setenv("SEEN", str(folder / "seen"))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(pipeline, "HOME", checkout)
    command = ["git", "-C", checkout, "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def make(*, planned_for=commit, **changes):
        written = record(commit=planned_for).written
        told = {
            "GITHUB_REPOSITORY": "acme/pipeline",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "7",
            "GITHUB_SHA": commit,
            "GOOGLE_OAUTH_ACCESS_TOKEN": "of-the-job",
            "PROJECT_ID": "data-prod-4711",
            "RELEASE_DIGEST": sha256(written),
            "RELEASE_RECORD": written.decode(),
            "RELEASE_STEP": "5",
            "STATE_BUCKET": "data-prod-4711-pipeline-state-1",
        }
        return Job({**told, **changes})

    make.seen = folder / "seen"
    return make


@pytest.mark.parametrize("name", ["", "6", "5 ", "5 %", "all", "-5"])
def test_there_is_no_other_step(job, name):
    with pytest.raises(RefusedError):
        pipeline.step(job(RELEASE_STEP=name))
    assert not job.seen.exists()


@pytest.mark.parametrize("act", [pipeline.plan, pipeline.apply, pipeline.step, compare])
def test_another_commit_or_a_changed_tree_is_not_deployed(job, act):
    with pytest.raises(RefusedError, match="is checked out"):
        act(job(GITHUB_SHA="d" * 40))
    (pipeline.HOME / "planted.tf").touch()
    with pytest.raises(RefusedError, match="not clean"):
        act(job())
    assert not job.seen.exists()


@pytest.mark.parametrize("act", [pipeline.apply, pipeline.step])
def test_a_record_that_was_not_approved_for_this_commit_does_nothing(job, act):
    with pytest.raises(RefusedError, match="the plan is of commit"):
        act(job(planned_for="d" * 40))
    with pytest.raises(SavedPlanError):
        act(job(RELEASE_DIGEST="0" * 64))
    assert "init" in job.seen.read_text("utf-8"), "it did more than look for its provider"


@pytest.mark.parametrize("act", [pipeline.plan, pipeline.apply, pipeline.step, compare])
def test_nothing_is_done_to_another_project_or_its_state(job, act):
    """Whatever the variables of a job's environment name."""
    with pytest.raises(RefusedError, match="is of data-prod-4711, not of other"):
        act(job(PROJECT_ID="other", STATE_BUCKET="other-pipeline-state-1"))
    with pytest.raises(RefusedError, match="is not data-prod-4711's state"):
        act(job(STATE_BUCKET="other-pipeline-state-1"))
    assert not job.seen.exists()


def test_terraform_sees_no_token_but_its_own(job, monkeypatch):
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "of-the-job")
    with pytest.raises((TerraformError, RefusedError)):
        pipeline.plan(job(REGISTRY="x", RELEASE_IMAGES="{}"))
    seen = job.seen.read_text("utf-8")
    assert "of-the-job" in seen
    assert not [name for name, value in SECRETS.items() if name in seen or value in seen]
    assert "-lockfile=readonly" in seen
    assert "-backend-config=bucket=data-prod-4711-pipeline-state-1" in seen
