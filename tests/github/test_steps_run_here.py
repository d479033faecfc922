"""Every step of every workflow is a make target that is run here, or a reason says why not."""

import re

import pytest

from deploy.source import release
from local.layout import ROOT
from rehearsal.deployment import stage as deployment
from rehearsal.workflows import stage as pull_request
from tests.github.documents import documents

COMMANDS = re.findall(
    r"^ *(?:\w+=\S+ )*make ((?:[a-z-]+ ?)+)", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE
)
CI = {target for command in COMMANDS for target in command.split()}
"""What the whole of the project's CI runs."""
BY_NAME = {document.name: document for document in documents() if document.is_workflow}
CALLED = {
    job["uses"].removeprefix("./")
    for job in BY_NAME[deployment.WORKFLOW].jobs.values()
    if job["uses"].startswith("./")
}
REHEARSED = {
    "rehearse": {pull_request.WORKFLOW},
    "rehearse-deploy": {deployment.WORKFLOW} | CALLED,
    # Its rehearsal is a long test: tests/deploy/source/test_workflow.py.
    "test-long": {release.WORKFLOW},
}
"""The workflows that are run here as they are, by the target that runs them."""
REPLACED = {"release-images"}
"""The rehearsal of a deployment has small images: these targets have to be run by themselves."""
ELSEWHERE = {
    "deployed": ("it asks a real project", "tests/deploy/nightly/test_hosts.py"),
    "drift": ("it looks at a real project", "tests/deploy/nightly/test_comparison.py"),
    "drift-issue": ("it writes to GitHub", "tests/deploy/nightly/test_main.py"),
    "posture": ("it looks at a real project", "tests/deploy/posture/test_main.py"),
    "rescan": ("it judges by the advisories of today", "tests/deploy/nightly/test_hosts.py"),
    "test-search": ("it tries what chance gives", "tests/conftest.py"),
    "restore-drill": ("the drill itself is a long test", "tests/recovery/test_drill.py"),
}
"""Why a target is run by nothing of the above, and the test that runs its code."""


def used():
    """Each workflow with each target of its steps."""
    for name, document in BY_NAME.items():
        for job in document.jobs:
            for step in document.steps(job):
                for target in re.findall(r"\bmake ([a-z][a-z-]*)", step.get("run", "")):
                    yield name, target


STEPS = sorted(set(used()))


HERE = CI | {target for by in REHEARSED.values() for name, target in STEPS if name in by} - REPLACED


@pytest.mark.parametrize(("workflow", "target"), STEPS)
def test_a_step_is_run_here_or_a_reason_says_why_not(workflow, target):
    if target in HERE:
        assert target not in ELSEWHERE, "the reason is no longer true"
    else:
        assert target in ELSEWHERE, f"nothing runs make {target}, of {workflow}"
        assert (ROOT / ELSEWHERE[target][1]).is_file()


def test_the_rehearsals_are_run_by_ci():
    assert set(REHEARSED) <= CI
    assert len(STEPS) > len(CALLED)


def test_no_reason_outlives_its_step():
    assert set(ELSEWHERE) <= {target for _, target in STEPS}
    assert {target for _, target in STEPS} >= REPLACED
