"""What CodeQL found blocks, and so does a CodeQL that looked at nothing."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from gates import waivers
from gates.finding import Level
from gates.github.codeql import judge
from gates.outcome import Outcome, Status
from local.layout import ROOT

NOW = datetime(2026, 11, 28, tzinfo=UTC)
RESULT = {
    "ruleId": "py/sql-injection",
    "level": "error",
    "message": {"text": "This query depends on a user-provided value."},
    "locations": [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "app/query.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 7},
            }
        }
    ],
}


def log(*results, language="py", files=2, notes=()):
    """A log as CodeQL 2 writes it: each file that it read is a notification."""
    read = {"descriptor": {"id": f"{language}/diagnostics/successfully-extracted-files"}}
    extracted = [read | {"message": {"text": ""}, "level": "none"} for _ in range(files)]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "CodeQL", "semanticVersion": "2.24.0", "rules": []}},
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [*extracted, *notes],
                    }
                ],
                "results": list(results),
            }
        ],
    }


@pytest.fixture
def tree(tmp_path):
    """A project with nothing but waivers, when a test gives it some."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "policies").mkdir()
    (tmp_path / "codeql").mkdir()
    return tmp_path


def judged(tree, **logs):
    for name, document in logs.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (tree / "codeql" / f"{name}.sarif").write_text(text, "utf-8")
    return judge(tree / "codeql", tree, NOW)


def test_a_clean_analysis_passes(tree):
    verdict = judged(tree, python=log(), actions=log(language="actions", files=3))
    (outcome,) = verdict.outcomes
    assert verdict.exit_status == 0
    assert (outcome.status, outcome.scanned, outcome.version) == (Status.PASSED, 5, "2.24.0")


def test_a_finding_in_one_language_blocks(tree):
    verdict = judged(tree, python=log(RESULT), actions=log(language="actions"))
    (outcome,) = verdict.outcomes
    (finding,) = outcome.findings
    assert verdict.exit_status == 1
    assert (finding.rule, finding.level, finding.place) == (
        "py/sql-injection",
        Level.ERROR,
        "app/query.py:7",
    )


@pytest.mark.parametrize(
    ("logs", "reason"),
    [
        ({}, "there is no SARIF log"),
        ({"python": log(files=0)}, "python.sarif: CodeQL read no file"),
        (
            {"python": log(), "actions": log(language="actions", files=0)},
            "actions.sarif: CodeQL read",
        ),
        ({"python": ""}, "Expecting value"),
        ({"python": "[]"}, "no attribute"),
        ({"python": "{}"}, "python.sarif: CodeQL read no file"),
        ({"python": log() | {"runs": log()["runs"] * 2}}, "it printed 2 SARIF runs"),
        (
            {"python": log(notes=[{"level": "error", "message": {"text": "out of memory"}}])},
            "out of memory",
        ),
        (
            {"python": log(notes=[{"message": {"text": "could not parse"}}])},
            "could not parse",
        ),
    ],
)
def test_an_analysis_of_nothing_is_no_pass(tree, logs, reason):
    verdict = judged(tree, **logs)
    assert verdict.exit_status == 2
    assert reason in verdict.outcomes[0].reason


WAIVER = """
[[waiver]]
gate = "codeql"
rule = "py/sql-injection"
path = "app/query.py"
reason = "the value is a parameter"
owner = "@acme/security"
added = 2026-11-01
expires = {expires}
"""


@pytest.mark.parametrize(("expires", "status"), [("2026-12-31", 0), ("2026-11-27", 1)])
def test_a_finding_is_waived_until_the_waiver_expires(tree, expires, status):
    (tree / "policies" / "waivers.toml").write_text(WAIVER.format(expires=expires), "utf-8")
    assert judged(tree, python=log(RESULT)).exit_status == status


def test_a_waiver_for_codeql_is_none_of_the_other_gates_business(tree):
    """They run without it, and do not take it for a waiver that fits nothing."""
    (tree / "policies" / "waivers.toml").write_text(WAIVER.format(expires="2026-12-31"), "utf-8")
    passed = Outcome(gate="ruff", about="x", status=Status.PASSED, scanned=1)
    register = waivers.read(tree, NOW.date())
    assert len(register.waivers) == 1
    assert waivers.apply([passed], register, ["ruff"]) == ((passed,), ())


@pytest.mark.parametrize(
    ("results", "status", "said"),
    [((), 0, "pass"), ((RESULT,), 1, "py/sql-injection"), (None, 2, "could not judge")],
)
def test_the_command_ends_with_the_verdict(tmp_path, results, status, said):
    if results is not None:
        (tmp_path / "python.sarif").write_text(json.dumps(log(*results)), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "gates.github.codeql", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == status, ended.stdout
    assert said in ended.stdout
