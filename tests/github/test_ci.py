"""The one required check stands for every job, and nothing of a run can get around it."""

import re

import pytest

from gates.github.conclusion import EVENTS, JOBS
from local.layout import ROOT
from tests.github.documents import documents, parse

TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
CHECK = "all-gates-pass"
CONDITIONS = {
    "${{ github.event_name == 'pull_request' }}": frozenset({"pull_request"}),
}
"""What a job may be left out by, and the events on which it then still runs."""
FILTERS = {"push": {"branches": ["main"]}}


def shows_only(job):
    """Whether nothing of the tree runs in it, so that nobody has to wait for it."""
    return not any("run" in step for step in job["steps"])


def complaints(document):
    """All that would let a change through unjudged."""
    if CHECK not in document.jobs:
        yield f"there is no job {CHECK}"
        return
    yield from _check(document.jobs[CHECK])
    needed = set(document.jobs[CHECK].get("needs", []))
    if needed != set(JOBS):
        yield f"needed and judged differ: {sorted(needed ^ set(JOBS))}"
    for name, job in document.jobs.items():
        if name in needed:
            yield from _conditions(name, job)
        elif name != CHECK and not shows_only(job):
            yield f"{name}: nobody waits for it"
    yield from _events(document)


def _check(job):
    if job.get("name") != CHECK:
        yield "the check has another name than the ruleset asks for"
    if job.get("if") != "${{ always() }}":
        yield "the check may be skipped, and a skipped check counts as passed"
    if [step["run"] for step in job["steps"] if "run" in step] != [f"make {CHECK}"]:
        yield "the check does something else"
    given = {"EVENT": "${{ github.event_name }}", "NEEDS": "${{ toJSON(needs) }}"}
    if [step["env"] for step in job["steps"] if "env" in step] != [given]:
        yield "the check is not told what became of the jobs"


def _events(document):
    if set(document.triggers) != EVENTS:
        yield f"it runs on {sorted(document.triggers)}"
    for event, filtered in document.triggers.items():
        if (filtered or {}) != FILTERS.get(event, {}):
            yield f"{event}: a filter, and what is left out is never judged"


def _conditions(name, job):
    runs = CONDITIONS.get(job["if"]) if "if" in job else EVENTS
    if runs != JOBS.get(name):
        yield f"{name}: it runs on other events than those it must succeed on"
    if not shows_only(job) and job.get("if"):
        yield f"{name}: a job that judges has a condition"
    if "needs" in job:
        yield f"{name}: skipped when another one fails, and then nobody sees what it would say"


TWINS = [
    ("    name: all-gates-pass", "    name: all gates", "another name"),
    ("    if: ${{ always() }}\n", "", "may be skipped"),
    ("${{ always() }}", "${{ !cancelled() }}", "may be skipped"),
    ("run: make all-gates-pass", "run: make help", "something else"),
    ("${{ toJSON(needs) }}", "{}", "not told"),
    ("EVENT: ${{ github.event_name }}", "EVENT: push", "not told"),
    ("needs: [gates, test, ", "needs: [test, ", "differ: ['gates']"),
    ("  gates:\n    name: gates\n", "  gates:\n    if: false\n", "gates: it runs on other events"),
    (
        "    name: test (",
        "    if: ${{ github.actor != 'x' }}\n    name: test (",
        "test: it runs on other",
    ),
    ("    name: mutation\n", "    needs: [gates]\n", "mutation: skipped when another one fails"),
    ("  terraform:\n    name", "  other:\n    name", "other: nobody waits for it"),
    (
        "github.event_name == 'pull_request' }}\n    runs",
        "false }}\n    runs",
        "dependency-review: it",
    ),
    ("  pull_request:\n", "  pull_request:\n    paths: [app]\n", "pull_request: a filter"),
    ("  pull_request:\n", "  pull_request:\n    types: [labeled]\n", "pull_request: a filter"),
    ("branches: [main]", "branches-ignore: [main]", "push: a filter"),
    ("  merge_group:\n", "", "it runs on ["),
]


def test_nothing_gets_around_the_required_check():
    assert list(complaints(parse(TEXT))) == []


@pytest.mark.parametrize(("old", "new", "said"), TWINS, ids=[f"{new!r}" for _, new, _ in TWINS])
def test_a_way_around_the_required_check_is_found(old, new, said):
    assert TEXT.count(old) == 1
    found = list(complaints(parse(TEXT.replace(old, new))))
    assert any(said in each for each in found), found


def test_only_one_job_of_all_workflows_can_give_the_required_check():
    named = [
        (document.name, name)
        for document in documents()
        for name, job in document.jobs.items()
        if CHECK in {name, job.get("name")}
    ]
    assert named == [(".github/workflows/ci.yml", CHECK)]


def test_a_stranger_gets_no_right_and_no_secret():
    """A fork's run differs in one job alone, the one that may write, and that is left out there."""
    jobs = parse(TEXT).jobs
    writing = [name for name, job in jobs.items() if "write" in job["permissions"].values()]
    assert writing == ["code-scanning"]
    assert "github.event.pull_request.head.repo.fork != true" in jobs["code-scanning"]["if"]
    assert not re.search(r"\bsecrets\b", re.sub("#.*", "", TEXT))


def test_findings_are_sent_only_once_they_are_all_there():
    jobs = parse(TEXT).jobs
    keeping = {
        name
        for name, job in jobs.items()
        for step in job["steps"]
        if step.get("with", {}).get("name", "").startswith("sarif-")
    }
    assert set(jobs["code-scanning"]["needs"]) == keeping == {"codeql", "gates"}
