"""ci.yml itself, run to the end: green on this tree, red on one with a fault; nothing is left."""

import os
import subprocess
import sys

import psutil
import pytest

from local.layout import ROOT
from rehearsal.errors import MissingError, RehearsalError
from rehearsal.workflows import stage
from rehearsal.workflows.runs import QUICK, runs


@pytest.fixture(scope="module")
def theatre():
    try:
        with stage.prepared() as made:
            yield made
            folder = made.folder
    except MissingError as exc:
        pytest.skip(str(exc))
    assert not folder.exists()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", QUICK)
def test_the_workflow_comes_out_as_it_must(theatre, name):
    (run,) = (run for run in runs() if run.name == name)
    outcome = stage.play(theatre, run)
    assert outcome.complaints == [], outcome.last_words
    assert "## Gates:" in outcome.summary
    assert not (theatre.folder / name).exists()
    left = [p.info["pid"] for p in psutil.process_iter(["pid", "environ"]) if _ours(p, theatre)]
    assert left == []


def _ours(process, theatre):
    return str(theatre.folder) in str(process.info["environ"])


def test_a_folder_on_which_something_is_mounted_is_not_emptied(tmp_path, monkeypatch):
    """What an ended job left mounted may be the machine's own."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    mounted = [str(tmp_path / "a" / "b")]
    monkeypatch.setattr(stage, "_mounted", lambda _: mounted)
    with pytest.raises(RehearsalError, match="still mounted"):
        stage.remove(tmp_path / "a")
    assert (tmp_path / "a" / "b").exists()
    mounted.clear()
    stage.remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_what_a_job_left_mounted_is_taken_off_first(tmp_path):
    outer, inner = tmp_path / "run", tmp_path / "run" / "mounted"
    inner.mkdir(parents=True)
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    mounting = subprocess.run(["mount", "--bind", kept, inner], capture_output=True, check=False)
    if mounting.returncode:
        pytest.skip("nothing can be mounted here")
    stage.remove(outer)
    assert not outer.exists()
    assert (kept / "file").exists()


def test_a_run_that_nobody_knows_is_told_with_those_there_are():
    ended = subprocess.run(
        [sys.executable, "-m", "rehearsal.workflows", "no-such-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "no run no-such-run; there are good-push, good-pull-request" in ended.stderr
