"""Who silences a rule names it and says why; nobody hides a secret or a whole file."""

import json
import subprocess
import sys

import pytest

from gates.declaration import HOME
from gates.suppressions import comments, complaints

NOQA, NOSEC, TYPE = "# no" + "qa", "# no" + "sec", "# type" + ": ignore"


@pytest.mark.parametrize(
    "comment",
    [
        f"{NOQA}: S104 - the platform needs it",
        f"{NOQA}: S104, S105 - the platform needs it",
        f"{NOQA}: S608  {NOSEC} B608 - our own names",
        f"{NOSEC} B104 - Cloud Run needs 0.0.0.0; revisit with #41",
        f"{NOSEC} B104,B105 - our own names",
        f"{TYPE}[misc]  # a bound lambda",
        f"{TYPE}[no-untyped-call,misc]  # it has no hints",
        f"{TYPE}[misc]  {NOQA}: ANN201 - its own shape",
        "# pragma: no cover - only on Windows",
        "#checkov:skip=CKV_GCP_62:audit logs hold every access",
        "# zizmor: ignore[unpinned-uses] our own action",
        "# hadolint ignore=DL3008 # the snapshot pins them",
        "# shellcheck disable=SC2016,SC2034 # for the script that is written",
        "# fmt: skip",
        "# ruff: " + "noqa: INP001 - it must be no package",
        "# nothing is silenced here, and noqa is only a word",
        "# see type: ignore in the manual",
    ],
)
def test_rule_and_reason_are_enough(comment):
    assert list(complaints(comment)) == []


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        (NOQA, "names? the rule|name the rule"),
        (f"{NOQA} - the platform needs it", "name the rule"),
        (NOQA.upper() + " - the platform needs it", "name the rule"),
        (f"{NOQA}: S104", "no reason"),
        (f"{NOQA}: S104 - x", "no reason"),
        (f"{NOQA}: S104 - - -", "no reason"),
        (NOSEC, "name the rule"),
        (f"{NOSEC} - we know", "name the rule"),
        (f"{NOSEC} B104", "no reason"),
        (f"{NOQA}: S104 {NOSEC} - our own names", "every rule of bandit"),
        (TYPE, "name the rule"),
        (f"{TYPE}  # it has no hints", "every rule of mypy"),
        (f"{TYPE}[misc]", "no reason"),
        ("# pragma: no cover", "no reason"),
        ("#checkov:skip=CKV_GCP_62", "no reason"),
        ("#checkov:skip=CKV_GCP_62:", "no reason"),
        ("#checkov:skip=:for a good reason", "every rule of checkov"),
        ("#bridgecrew:skip=CKV_GCP_62", "no reason"),
        ("# zizmor: ignore", "name the rule"),
        ("# zizmor: ignore[unpinned-uses]", "no reason"),
        ("# hadolint ignore=DL3008", "no reason"),
        ("# hadolint global ignore=DL3008", "no reason"),
        ("# shellcheck disable=all # for the script that is written", "every rule of shellcheck"),
        ("# shellcheck disable=SC2016", "no reason"),
        ("# ruff: " + "noqa", "name the rule"),
        ("# ruff: " + "noqa: F401", "no reason"),
        ("# ruff: " + "disable[F401] - for a good reason", "whole file"),
        ("# mypy: " + "ignore-errors", "whole file"),
        ("# fmt: " + "off", "whole file"),
        ("# gitleaks" + ":allow - it is only a test", "hides a secret"),
        ("# pragma: " + "allowlist secret - it is only a test", "hides a secret"),
        ("# pragma: " + "whitelist secret", "hides a secret"),
    ],
)
def test_anything_less_is_a_finding(comment, says):
    assert list(complaints(comment)), comment
    assert any(part in each for each in complaints(comment) for part in says.split("|"))


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.py", f'TEXT = "{NOQA}"\n', []),
        ("a.py", f"X = 1\nY = 2  {NOQA}\n", [2]),
        ("a.tf", 'resource "x" "y" {\n  #checkov:skip=A1\n}\n', [2]),
        ("a.yml", "on: push # zizmor: ignore\n", [1]),
        ("a.hcl", "// one\n/* two */\n", [1, 2]),
        ("Dockerfile", "# hadolint ignore=DL1\nFROM x\n", [1]),
    ],
)
def test_only_comments_are_looked_at(path, text, found):
    assert [line for line, _ in comments(path, text)] == found


def run(root, *files):
    """Run it as the gate does."""
    done = subprocess.run(
        [sys.executable, "-m", "gates.suppressions", *files],
        cwd=root,
        env={"PYTHONPATH": str(HOME), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    "name",
    [
        ".gitleaksignore",
        ".gitleaks.toml",
        ".trivyignore",
        ".trivyignore.yaml",
        "trivy.yaml",
        ".checkov.yaml",
        ".checkov.yml",
        ".checkov.baseline",
        ".bandit",
        ".hadolint.yaml",
        "zizmor.yml",
        ".github/zizmor.yml",
        ".github/actionlint.yaml",
        ".shellcheckrc",
        "ruff.toml",
        ".ruff.toml",
        "app/ruff.toml",
        "mypy.ini",
        ".mypy.ini",
        "setup.cfg",
        ".flake8",
    ],
)
def test_a_file_that_could_silence_a_tool_is_a_finding(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("", "utf-8")
    status, answer = run(tmp_path, name)
    assert status == 1
    assert [(each["rule"], each["path"]) for each in answer["findings"]] == [
        ("configuration-file", name)
    ]


def test_a_file_that_the_declaration_hands_to_a_tool_is_none(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "hadolint.yaml").write_text("trustedRegistries: []\n", "utf-8")
    assert run(tmp_path, "policies/hadolint.yaml") == (0, {"scanned": 1, "findings": []})


def test_what_is_no_python_is_a_finding(tmp_path):
    (tmp_path / "a.py").write_text('"""\n', "utf-8")
    status, answer = run(tmp_path, "a.py")
    assert (status, answer["findings"][0]["rule"]) == (1, "unreadable")


def test_what_is_no_text_is_passed_over(tmp_path):
    (tmp_path / "a.sh").write_bytes(b"\xff\xfe")
    assert run(tmp_path, "a.sh")[0] == 0
