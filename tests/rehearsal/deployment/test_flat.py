"""Writing calls out keeps what they mean, and refuses what it cannot keep."""

import os
import re
import subprocess

import pytest
import yaml

from local.layout import ROOT
from rehearsal.deployment.flat import ORIGIN, written_out
from rehearsal.errors import RehearsalError
from toolchain.install import find

WORKFLOW = ".github/workflows/deploy.yml"
CALLER = """
on: {push: {branches: [main]}}
jobs:
  first:
    permissions: {contents: read}
    uses: ./called.yml
    with: {step: "5"}
  then:
    needs: [first]
    if: ${{ always() }}
    permissions: {contents: read}
    uses: ./called.yml
    with: {step: "${{ needs.first.outputs.made }}", minutes: 3}
"""
CALLED = """
on:
  workflow_call:
    inputs:
      step: {type: string, required: true}
      minutes: {type: number, default: 0}
    outputs: {made: {value: "${{ jobs.second.outputs.made }}"}}
jobs:
  one:
    permissions: {contents: read}
    steps: [{run: make x, env: {STEP: "${{ inputs.step }}", FOR: "${{ inputs.minutes }} min"}}]
  second:
    needs: [one]
    permissions: {contents: read}
    outputs: {made: "${{ steps.x.outputs.made }}"}
    steps: [{run: make y}]
"""


@pytest.fixture
def flat(tmp_path):
    def write(caller=CALLER, called=CALLED):
        (tmp_path / "caller.yml").write_text(caller, "utf-8")
        (tmp_path / "called.yml").write_text(called, "utf-8")
        return yaml.safe_load(written_out(tmp_path, "caller.yml"))["jobs"]

    return write


def test_the_job_with_the_outputs_takes_the_calls_name(flat):
    jobs = flat()
    assert list(jobs) == ["first-one", "first", "then-one", "then"]
    assert jobs["first"]["needs"] == ["first-one"]
    assert jobs["then-one"]["needs"] == ["first"]
    assert jobs["then"]["needs"] == ["first", "then-one"]
    assert jobs["then"]["if"] == jobs["then-one"]["if"] == "${{ always() }}"
    assert jobs["then"]["env"][ORIGIN] == "called.yml second"


def test_a_command_stays_for_a_moment_and_keeps_its_status(flat):
    (step,) = flat()["first"]["steps"]
    for command, status in (("true", 0), ("exit 3", 3), ("false", 1)):
        script = step["run"].replace("make y", f"({command})").replace("sleep 1", ":")
        assert subprocess.run(["bash", "-e", "-c", script], check=False).returncode == status


def test_what_a_call_gives_stands_where_it_is_used(flat):
    jobs = flat()
    assert jobs["first-one"]["steps"][0]["env"] == {"STEP": "5", "FOR": "0 min"}
    told = {"STEP": "${{ needs.first.outputs.made }}", "FOR": "3 min"}
    assert jobs["then-one"]["steps"][0]["env"] == told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('with: {step: "5"}', "with: {}", "not given: step"),
        ('with: {step: "5"}', 'with: {step: "5", other: x}', "no such input"),
        ("${{ inputs.step }}", "${{ inputs.step || 'x' }}", "within an expression"),
        ("    needs: [one]\n", "    needs: [one]\n    if: ${{ always() }}\n", "of its own"),
        ("second:\n    needs: [one]\n    permissions: {contents: read}",
         "second:\n    needs: [one]\n    permissions: {contents: write}", "its caller lacks"),
    ],
    ids=["missing", "unknown", "expression", "condition", "rights"],
)  # fmt: skip
def test_what_would_mean_something_else_is_refused(flat, old, new, said):
    assert (CALLER + CALLED).count(old) == 1
    with pytest.raises(RehearsalError, match=said):
        flat(CALLER.replace(old, new), CALLED.replace(old, new))


def test_the_release_can_be_written_out():
    text = written_out(ROOT, WORKFLOW)
    jobs = yaml.safe_load(text)["jobs"]
    called = yaml.safe_load((ROOT / WORKFLOW).read_text("utf-8"))["jobs"]
    assert set(called) | {"build-images"} == set(jobs)
    assert "inputs." not in re.sub(r"needs\.\S+", "", text)
    assert all(need in jobs for job in jobs.values() for need in job["needs"])


def test_act_takes_what_is_written_out(tmp_path):
    """It knows each property's type."""
    if (act := find("act")) is None:
        pytest.skip("needs act: python -m toolchain act")
    path = tmp_path / "deploy.yml"
    path.write_text(written_out(ROOT, WORKFLOW), "utf-8")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    done = subprocess.run(
        [act, "push", "--list", f"--workflows={path}", "--platform=ubuntu-24.04=-self-hosted"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
