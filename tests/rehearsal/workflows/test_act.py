"""A run of act is read to the end: which job came to what, which step failed, what it said."""

import json
import subprocess
import sys

import psutil
import pytest

from rehearsal.errors import MissingError, RehearsalError
from rehearsal.workflows import act

WORKFLOW = """
on:
  push:
jobs:
  good:
    runs-on: ubuntu-24.04
    outputs:
      word: ${{ steps.say.outputs.word }}
    steps:
      - id: say
        run: echo "word=hello" >> "$GITHUB_OUTPUT"
      - run: echo "# told" >> "$GITHUB_STEP_SUMMARY"
  bad:
    needs: [good]
    runs-on: ubuntu-24.04
    strategy:
      fail-fast: false
      matrix:
        number: [1, 2]
    steps:
      - uses: somebody/something@v1
        with:
          word: ${{ needs.good.outputs.word }}
      - name: One of them fails
        # act may miss what is said in the last moment of a step.
        run: echo "number ${{ matrix.number }}"; sleep 1; test ${{ matrix.number }} = 1
  never:
    if: ${{ github.event_name == 'pull_request' }}
    runs-on: ubuntu-24.04
    steps:
      - run: exit 1
  after:
    if: ${{ always() }}
    needs: [bad, never]
    runs-on: ubuntu-24.04
    steps:
      - run: echo "$NEEDS"
        env:
          NEEDS: ${{ toJSON(needs) }}
"""
STAND_IN = """
name: something
inputs:
  word:
    description: what to say
    required: true
runs:
  using: composite
  steps:
    - shell: bash
      run: echo "the stand-in says $WORD"
      env:
        WORD: ${{ inputs.word }}
"""


@pytest.fixture
def program():
    try:
        return act.find()
    except MissingError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def tree(tmp_path, program):
    """A repository with one workflow, and what the run needs beside it."""
    workflows = tmp_path / "tree" / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text(WORKFLOW, "utf-8")
    # What a pull request might bring to change its own run.
    (tmp_path / "tree" / ".env").write_text("PLANTED=yes\n", "utf-8")
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions" / "action.yml").write_text(STAND_IN, "utf-8")
    (tmp_path / "push.json").write_text("{}", "utf-8")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=tmp_path / "tree", check=True)
    identity = ["-c", "user.name=x", "-c", "user.email=x@y"]
    subprocess.run(["git", *identity, "commit", "-qm", "x"], cwd=tmp_path / "tree", check=True)
    return tmp_path


def run(folder, actions=None, timeout_s=60, **environment):
    return act.run(
        folder / "tree",
        ".github/workflows/ci.yml",
        folder / "push.json",
        {"somebody/something@v1": folder / "actions"} if actions is None else actions,
        {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            **environment,
        },
        timeout_s=timeout_s,
    )


def test_a_run_tells_what_every_job_came_to(tree):
    done = run(tree)
    results = {name: job.result for name, job in done.jobs.items()}
    assert results == {"good": "success", "bad": "failure", "after": "success"}
    assert done.status == 1
    assert done.jobs["bad"].failed == ["One of them fails"]
    assert "the stand-in says hello" in done.jobs["bad"].said
    assert "number 2" in done.jobs["bad"].last_words
    assert done.summary == "# told\n"


def test_the_jobs_know_what_those_before_them_came_to(tree):
    """Which is what `all-gates-pass` judges by."""
    needs = json.loads("\n".join(run(tree).jobs["after"].said))
    assert {name: told["result"] for name, told in needs.items()} == {
        "bad": "failure",
        "never": "skipped",
    }


def test_an_action_without_a_stand_in_fails_the_run(tree):
    """Nothing that is not ours is run in silence, or passed over."""
    done = run(tree, actions={}, HTTPS_PROXY="http://127.0.0.1:9")
    assert done.status == 1
    assert "after" not in done.jobs or done.jobs["bad"].result == "failure"


def test_a_tree_cannot_change_its_run_by_files_that_act_would_read(tree):
    (tree / "tree" / ".github" / "workflows" / "ci.yml").write_text(
        "on: {push: }\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: echo \"PLANTED is '$PLANTED'\"\n",
        "utf-8",
    )
    assert "PLANTED is ''" in run(tree).jobs["a"].said


def test_a_workflow_that_does_not_start_is_told(tree):
    (tree / "tree" / ".github" / "workflows" / "ci.yml").write_text("on: {push: }\n", "utf-8")
    with pytest.raises(RehearsalError, match="act started no job"):
        run(tree)


def test_what_takes_too_long_is_ended_with_all_that_it_started(tree):
    """A job's processes are in groups of their own, which nobody else would end."""
    mark = f"{sys.executable} -c 'import time; time.sleep(60)' {tree}"
    (tree / "tree" / ".github" / "workflows" / "ci.yml").write_text(
        "on: {push: }\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        f"      - run: {mark}\n",
        "utf-8",
    )
    with pytest.raises(RehearsalError, match="took longer than 5 s"):
        run(tree, timeout_s=5)
    lines = [
        " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])
    ]
    assert not [line for line in lines if "time.sleep(60)" in line and str(tree) in line]


def test_without_act_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(act, "find_tool", lambda _: None)
    with pytest.raises(
        MissingError, match=r"^act runs the workflows: `python -m toolchain act`[^\n]*$"
    ):
        act.find()
