"""The stand-ins refuse what the hosted actions refuse; else a rehearsal would prove less."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from rehearsal.workflows.standins import FOLDER


def start(action, folder, given=None, **environment):
    """Run a stand-in's step as act does: its inputs by their defaults, or as given."""
    document = yaml.safe_load((FOLDER / action / "action.yml").read_text("utf-8"))
    inputs = {key: str(told.get("default", "")) for key, told in document.get("inputs", {}).items()}
    inputs |= given or {}
    (step,) = document["runs"]["steps"]
    env = {
        name: inputs[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, value in step.get("env", {}).items()
    }
    store = folder / "artifacts"
    store.mkdir(exist_ok=True)
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder,
        env={
            "PATH": f"{os.path.dirname(sys.executable)}:/usr/bin:/bin",  # noqa: PTH120 - a text
            "GITHUB_ACTION_PATH": str(FOLDER / action),
            "RUNNER_TEMP": str(folder),
            "GITHUB_EVENT_NAME": "pull_request",
            "REHEARSAL_ARTIFACTS": str(store),
            "REHEARSAL_TOKEN": "write",
            **env,
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


UPLOAD, DOWNLOAD = "actions/upload-artifact", "actions/download-artifact"
KEPT = {"name": "sarif-a", "path": "out", "if-no-files-found": "error"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.sarif").write_text("a", "utf-8")
    return tmp_path


def test_what_is_kept_can_be_fetched(folder):
    assert start(UPLOAD, folder, KEPT).returncode == 0
    assert start(UPLOAD, folder, KEPT | {"name": "other"}).returncode == 0
    given = {"pattern": "sarif-*", "merge-multiple": "true", "path": "in"}
    assert start(DOWNLOAD, folder, given).returncode == 0
    assert [str(path.relative_to(folder)) for path in (folder / "in").rglob("*")] == ["in/a.sarif"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"path": "nothing"}, 1),
        ({"path": "nothing", "if-no-files-found": "warn"}, 0),
        ({"path": ".hidden"}, 1),
        ({"path": ".hidden", "include-hidden-files": "true"}, 0),
    ],
)
def test_no_files_are_an_error_where_they_must_be_there(folder, change, status):
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "a").touch()
    assert start(UPLOAD, folder, KEPT | change).returncode == status


def test_one_name_is_kept_once(folder):
    assert start(UPLOAD, folder, KEPT).returncode == 0
    assert "already an artifact sarif-a" in start(UPLOAD, folder, KEPT).stderr


def test_what_was_not_kept_cannot_be_fetched(folder):
    assert "no artifact sarif-a" in start(DOWNLOAD, folder, {"name": "sarif-a"}).stderr


def sarif(folder, *runs):
    for number, (tool, category) in enumerate(runs):
        run = {"tool": {"driver": {"name": tool}}, "results": []}
        run |= {"automationDetails": {"id": category}} if category else {}
        (folder / "out" / f"{number}.sarif").write_text(json.dumps({"runs": [run]}), "utf-8")
    (folder / "out" / "a.sarif").unlink()


@pytest.mark.parametrize(
    ("runs", "token", "said"),
    [
        ([("ruff", "gates/ruff/"), ("mypy", "gates/mypy/")], "write", ""),
        ([("ruff", "x"), ("ruff", "x")], "write", "a second run of ruff"),
        ([("ruff", ""), ("ruff", "")], "write", "a second run of ruff"),
        ([], "write", "no SARIF files"),
        ([("ruff", "x")], "read", "Resource not accessible by integration"),
    ],
)
def test_findings_are_refused_as_github_refuses_them(folder, runs, token, said):
    sarif(folder, *runs)
    given = {"sarif_file": "out"}
    ended = start("github/codeql-action/upload-sarif", folder, given, REHEARSAL_TOKEN=token)
    assert ended.returncode == bool(said), ended.stderr
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("action", "given", "environment", "status"),
    [
        ("actions/setup-python", {"python-version": "3.13"}, {}, 0),
        ("actions/setup-python", {}, {}, 1),
        ("actions/setup-python", {"python-version": "3"}, {}, 1),
        (
            "hashicorp/setup-terraform",
            {"terraform_version": "1.11.4", "terraform_wrapper": "false"},
            {},
            0,
        ),
        ("hashicorp/setup-terraform", {"terraform_wrapper": "false"}, {}, 1),
        ("hashicorp/setup-terraform", {"terraform_version": "1.11.4"}, {}, 1),
        ("actions/dependency-review-action", {}, {}, 0),
        ("actions/dependency-review-action", {}, {"GITHUB_EVENT_NAME": "push"}, 1),
        ("actions/dependency-review-action", {}, {"REHEARSAL_DEPENDENCY": "flask 0.12.2"}, 1),
        ("github/codeql-action/init", {"languages": "python"}, {}, 0),
        ("github/codeql-action/init", {"languages": "cobol"}, {}, 1),
        ("github/codeql-action/init", {"languages": "python", "config-file": "./no.yml"}, {}, 1),
        ("github/codeql-action/analyze", {}, {}, 1),
    ],
)
def test_a_stand_in_refuses_a_wrong_use(folder, action, given, environment, status):
    ended = start(action, folder, given, **environment)
    assert ended.returncode == status, ended.stdout + ended.stderr


@pytest.mark.parametrize(("language", "found"), [("python", 1), ("actions", 0)])
def test_an_analysis_is_of_the_language_that_was_asked_for(folder, language, found):
    assert start("github/codeql-action/init", folder, {"languages": language}).returncode == 0
    given = {"upload": "never", "upload-database": "false", "output": "codeql", "category": "/x"}
    told = {"REHEARSAL_CODEQL": "py/sql-injection"}
    assert start("github/codeql-action/analyze", folder, given, **told).returncode == 0
    (run,) = json.loads((folder / "codeql" / f"{language}.sarif").read_text("utf-8"))["runs"]
    assert len(run["results"]) == found
