"""The night: who looks judges nothing that needs a scanner, and who scans could ask for nothing."""

import pytest

from deploy.nightly.layouts import FOLDER
from local.layout import ROOT
from tests.github.documents import parse

TEXT = (ROOT / ".github" / "workflows" / "nightly.yml").read_text("utf-8")
READS = {"contents": "read"}
IDENTIFIED = {**READS, "id-token": "write"}
JOBS = {
    "gates": (READS, set(), ["gates", "gates-summary"]),
    "restore": (READS, set(), ["restore-drill"]),
    "properties": (READS, set(), ["test-search"]),
    "posture": (IDENTIFIED, set(), ["posture"]),
    "deployed": (IDENTIFIED, set(), ["deployed"]),
    "rescan": (READS, {"deployed"}, ["rescan"]),
    "drift": (IDENTIFIED, set(), ["drift"]),
    "drift-issue": ({**READS, "issues": "write"}, {"drift"}, ["drift-issue"]),
}
"""What each job may, what it waits for, and what it does."""
SEEN_AT = {"seen_at": "${{ steps.run.outputs.seen_at }}"}
OUTPUTS = {
    "deployed": {"deployed": "${{ steps.run.outputs.deployed }}", **SEEN_AT},
    "drift": {"drift": "${{ steps.run.outputs.drift }}", **SEEN_AT},
}
TOLD = {
    "rescan": {
        "DEPLOYED": "${{ needs.deployed.outputs.deployed }}",
        "SEEN_AT": "${{ needs.deployed.outputs.seen_at }}",
    },
    "drift-issue": {
        "DRIFT": "${{ needs.drift.outputs.drift }}",
        "SEEN_AT": "${{ needs.drift.outputs.seen_at }}",
        "GITHUB_TOKEN": "${{ github.token }}",
    },
}
"""What one job hands to the next: the artifact beside it is believed for its digests alone."""


def complaints(document):
    """All by which a night could see less, or more than it may."""
    if set(document.triggers) != {"schedule"}:
        yield f"it is started by {sorted(document.triggers)}"
    if document.tree["concurrency"] != {"group": "nightly", "cancel-in-progress": "false"}:
        yield "two nights at once"
    if document.jobs.keys() != JOBS.keys():
        yield f"jobs differ: {sorted(document.jobs.keys() ^ JOBS.keys())}"
    for name, job in document.jobs.items():
        yield from _of(name, job)


def _of(name, job):
    permissions, needs, does = JOBS[name]
    if job["permissions"] != permissions:
        yield f"{name}: it may {job['permissions']}"
    if ("environment" in job) != (permissions == IDENTIFIED):
        yield f"{name}: an environment without an identity, or the other way round"
    if set(job.get("needs", [])) != needs:
        yield f"{name}: it waits for {job.get('needs')}"
    if "if" in job:
        yield f"{name}: a condition by which it could run without what it needs, or not at all"
    runs = [step for step in job["steps"] if "run" in step]
    if [step["run"].removeprefix("make ") for step in runs] != does:
        yield f"{name}: it does {[step['run'] for step in runs]}"
    if job.get("outputs", {}) != OUTPUTS.get(name, {}):
        yield f"{name}: it hands over {job.get('outputs')}"
    if name in TOLD and runs[0].get("env") != TOLD[name]:
        yield f"{name}: it is told {runs[0].get('env')}"
    for step in job["steps"]:
        if "artifact" in step.get("uses", "") and step["with"]["path"] != str(FOLDER):
            yield f"{name}: it carries {step['with']['path']}"


TWINS = [
    ("  schedule:\n", "  workflow_dispatch:\n  schedule:\n", "it is started by"),
    ("cancel-in-progress: false", "cancel-in-progress: true", "two nights at once"),
    ("    needs: [deployed]\n", "", "rescan: it waits for None"),
    ("    needs: [drift]\n", "", "drift-issue: it waits for None"),
    ("    needs: [drift]\n", "    needs: [drift]\n    if: always()\n", "drift-issue: a condition"),
    ("      issues: write", "      issues: read", "drift-issue: it may"),
    ("make rescan", "make gates", "rescan: it does"),
    ("make test-search", "make gates-summary", "properties: it does"),
    ("make drift\n", "make posture\n", "drift: it does"),
    ("needs.deployed.outputs.deployed", "needs.deployed.outputs.other", "rescan: it is told"),
    ("needs.drift.outputs.drift", "needs.deployed.outputs.deployed", "drift-issue: it is told"),
    ("needs.drift.outputs.seen_at", "github.event.schedule", "drift-issue: it is told"),
    ("steps.run.outputs.drift", "steps.auth.outputs.access_token", "drift: it hands over"),
    ("      contents: read # the code that judges", "      id-token: write #", "rescan: it may"),
]


def test_a_night_sees_what_it_is_there_for():
    assert list(complaints(parse(TEXT))) == []


@pytest.mark.parametrize(("old", "new", "said"), TWINS, ids=[f"{new!r}" for _, new, _ in TWINS])
def test_another_night_is_found(old, new, said):
    assert TEXT.count(old) == 1
    found = list(complaints(parse(TEXT.replace(old, new))))
    assert any(said in each for each in found), found


@pytest.mark.parametrize("name", ["deployed", "rescan"])
def test_what_is_carried_is_what_was_pulled(name):
    (path,) = (
        step["with"]["path"]
        for step in parse(TEXT).steps(name)
        if "artifact" in step.get("uses", "")
    )
    assert path == str(FOLDER)
