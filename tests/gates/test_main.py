"""The command: its status is the verdict's, and its reports are of this run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from gates.declaration import HOME
from tests.gates.tools_of_ours import is_alive, lay_out

GOOD = '"""A module."""\n\nCOUNT = 1\n'
BAD = '"""A module."""\n\nimport os\n\nCOUNT = 1\n'
OLD = "flask==0.12.2 \\\n    --hash=sha256:" + "00" * 32 + "\n"
NOWHERE = "http://127.0.0.1:9"
"""The discard port: nobody answers."""


@pytest.fixture
def root(plant, tmp_path):
    files = {"app/__init__.py": '"""A package."""\n', "app/a.py": GOOD, ".gitignore": ".cache\n"}
    return plant(tmp_path / "tree", files | {"requirements/old.txt": OLD})


def command(root, *arguments):
    return [sys.executable, "-m", "gates", f"--root={root}", *arguments]


def run(root, *arguments, **environment):
    done = subprocess.run(
        command(root, *arguments),
        cwd=HOME,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def written(root):
    folder = root / ".cache" / "gates"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("text", "status", "word"), [(GOOD, 0, "pass"), (BAD, 1, "findings")])
def test_the_status_is_the_verdicts(root, text, status, word):
    (root / "app" / "a.py").write_text(text, "utf-8")
    got, said = run(root, "ruff")
    assert (got, f"\n{word}: " in said) == (status, True), said
    verdict = json.loads((root / ".cache" / "gates" / "verdict.json").read_text("utf-8"))
    assert verdict["exit_status"] == status


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rufff"], "no gate rufff"),
        (["ruff", "--since=nowhere"], "SINCE=nowhere"),
        (["trivy-image"], "--image ARCHIVE"),
        (["--root=/nowhere", "ruff"], "does not exist"),
        (["--soft-fail"], "No such option"),
    ],
)
def test_what_cannot_be_asked_is_no_judgement(root, arguments, says):
    status, said = run(root, *arguments)
    assert status == 2
    assert says in said


def test_the_reports_are_of_this_run_alone(root):
    run(root, "ruff", "format")
    reports = {"verdict.json", "summary.md", "report.html"}
    assert reports | {"sarif/ruff.sarif", "sarif/format.sarif"} <= written(root)
    run(root, "format")
    assert "sarif/ruff.sarif" not in written(root)
    run(root, "rufff")
    assert not written(root) & {*reports, "sarif/format.sarif"}


def test_the_reports_may_go_elsewhere(root, tmp_path):
    run(root, "ruff", f"--output={tmp_path / 'out'}")
    assert (tmp_path / "out" / "verdict.json").exists()


def test_a_change_is_judged_by_the_gates_that_it_concerns(root):
    (root / "app" / "a.py").write_text(BAD, "utf-8")
    status, said = run(root, "ruff", "pip-audit", "--since=main")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert status == 1
    assert "pip-audit untouched" in lines


def test_one_after_another_is_compared_with_all_at_once(root):
    status, said = run(root, "ruff", "format", "--sequential")
    assert status == 0
    assert "one after another they took" in said


def audited(root, *arguments):
    """Run pip-audit on the old package, where no service outside can be reached."""
    status, said = run(root, "pip-audit", *arguments, HTTPS_PROXY=NOWHERE, https_proxy=NOWHERE)
    if "is missing: make setup-gates" in said:
        pytest.skip("no pip-audit: make setup-gates")
    return status, said


def test_without_advisories_an_old_package_is_no_pass(root):
    """It could not be judged, and what to do is said."""
    status, said = audited(root)
    assert status == 2, said
    assert "pip-audit could not judge" in said
    assert "make gates OFFLINE=1" in said


def test_with_a_local_set_the_same_package_is_found_and_the_set_is_named(root):
    status, said = audited(root, "--offline")
    assert status == 1, said
    assert "requirements/old.txt:1 error CVE-2018-1000656" in said
    assert "OFFLINE: no current advisories were asked." in said
    assert "days old" in said


@pytest.mark.parametrize(
    "text",
    ["{}", '{"recorded": "2020-01-01T00:00:00Z", "advisories": []}', "not JSON"],
    ids=["no set", "an empty set", "no JSON"],
)
def test_a_set_that_is_none_is_no_judgement(root, tmp_path, text):
    (tmp_path / "set.json").write_text(text, "utf-8")
    status, said = audited(root, "--offline", f"--advisories={tmp_path / 'set.json'}")
    assert status == 2, said


def test_a_set_that_is_too_old_is_no_judgement(root, tmp_path):
    """A set of one's own has a limit of age; the example says of itself that it is none."""
    example = (HOME / "gates" / "advisories" / "example.json").read_text("utf-8")
    old = json.loads(example.replace("2026-11", "2020-11").replace("2026-1", "2020-1"))
    old["recorded"] = "2020-12-01T00:00:00Z"
    (tmp_path / "set.json").write_text(json.dumps(old), "utf-8")
    status, said = audited(root, "--offline", f"--advisories={tmp_path / 'set.json'}")
    assert status == 2, said
    assert "30 days is the limit" in said


def test_who_ends_it_ends_all_that_it_started(root, tmp_path):
    """Nothing goes on in the background when CI gives up on a job."""
    script = f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 300\n"
    folder = lay_out(tmp_path / "venv", "")
    (folder / "bin" / "bandit").write_text(script, "utf-8")
    with subprocess.Popen(
        command(root, "bandit"), cwd=HOME, env=os.environ | {"GATES_VENV": str(folder)}
    ) as process:
        while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text("utf-8").strip()):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert not is_alive(int((tmp_path / "pid").read_text("utf-8")))
