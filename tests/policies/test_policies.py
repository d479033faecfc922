"""Each policy says of each of its cases what the case's name says, and the real Checkov heard it.

A case is a file, or a folder of files, in `cases/RULE/`. All of them are scanned in one run.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.layout import ROOT

HERE = Path(__file__).parent
POLICIES = ROOT / "policies" / "checkov"
GATES_VENV = ROOT / os.environ.get("GATES_VENV", ".venv-gates")
FILES = sorted(p for f in ("terraform", "workflows") for p in (POLICIES / f).glob("[!_]*.py"))
CASES = sorted(case for rule in (HERE / "cases").iterdir() for case in rule.iterdir())
VERDICTS = {
    "pass": {"PASSED"},
    "fail": {"PASSED", "FAILED", "UNKNOWN"},
    "unknown": {"PASSED", "UNKNOWN"},
}
"""What may be said beside the expected verdict, about other parts of the same case."""
# What these two look for is there or not: no expression of GitHub's can stand in its place.
NEVER_UNKNOWN = {"no_inherited_secrets", "no_piped_installer"}


def identify(rule):
    """The id of a rule, by its file's name."""
    return f"HDP_{rule.upper()}"


def lay_out(case, folder):
    """Put a case where the scanner looks for its kind; each in a folder of its own.

    Checkov reads the files of one folder as one module, and workflows by their place alone.
    """
    if case.is_dir():
        shutil.copytree(case, folder)
        return
    name = "main.tf"
    if case.suffix == ".yml":
        action = re.search(r"^runs:", case.read_text("utf-8"), re.MULTILINE)
        name = ".github/actions/case/action.yml" if action else ".github/workflows/case.yml"
    (folder / name).parent.mkdir(parents=True)
    shutil.copy(case, folder / name)


def run_checkov(root, *folders):
    """Scan a folder with the policies of these folders alone, as the gate does."""
    checkov = GATES_VENV / "bin" / "checkov"
    if not checkov.exists():
        pytest.skip("no Checkov: run `make setup-gates`")
    command = [checkov, "--directory", root, "--framework", "terraform", "yaml", "--check", "HDP_*"]
    checks = [word for folder in folders for word in ("--external-checks-dir", folder)]
    return subprocess.run(
        [*command, *checks, "--skip-download", "--output", "json"],
        cwd=root,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "CKV_IGNORE_HIDDEN_DIRECTORIES": "false",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


@pytest.fixture(scope="module")
def scan(request, tmp_path_factory):
    """One run of Checkov over the cases that are asked for: its report, what the witness heard."""
    root = tmp_path_factory.mktemp("cases")
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {each.params.get("case") for each in parameters if each}
    for case in [case for case in CASES if case in asked] or CASES:
        lay_out(case, root / case.parent.name / case.stem)
    return run_checkov(root, POLICIES, HERE / "witness")


def reports(scan):
    """Read Checkov's reports: one for each framework, and no list where only one has any."""
    read = json.loads(scan.stdout)
    return read if isinstance(read, list) else [read]


@pytest.fixture(scope="module")
def reported(scan):
    """(rule's id, case's folder) to the verdicts in Checkov's report."""
    verdicts = {}
    for report in reports(scan):
        for record in [*report["results"]["passed_checks"], *report["results"]["failed_checks"]]:
            case = tuple(record["file_path"].split("/")[1:3])
            verdicts.setdefault((record["check_id"], *case), []).append(
                record["check_result"]["result"]
            )
    return verdicts


@pytest.fixture(scope="module")
def heard(scan):
    """(rule's id, rule, case) to what the policy itself answered, UNKNOWN as well."""
    verdicts = {}
    for line in scan.stderr.splitlines():
        if line.startswith("WITNESS "):
            seen = json.loads(line.removeprefix("WITNESS "))
            where = re.search(
                r"([^/]+)/([^/]+)/(?:main\.tf|service/main\.tf|\.github/)", seen["file"]
            )
            verdicts.setdefault((seen["id"], *where.groups()), []).append(seen["verdict"])
    return verdicts


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_the_scanner_says_what_the_name_of_the_case_says(case, reported, heard):
    """A failure is one record at least; what nobody can know is neither failed nor passed."""
    rule, expected = case.parent.name, case.stem.split("_")[0]
    key = (identify(rule), rule, case.stem)
    answers, in_report = set(heard.get(key, [])), set(reported.get(key, []))
    assert answers, "the policy never judged this case"
    assert answers <= VERDICTS[expected]
    assert {"pass": "PASSED", "fail": "FAILED", "unknown": "UNKNOWN"}[expected] in answers
    assert in_report == answers - {"UNKNOWN"}


def test_no_policy_breaks_off(scan):
    """Nothing is on standard error, where Checkov tells of policies that it cannot load or run."""
    assert [line for line in scan.stderr.splitlines() if not line.startswith("WITNESS ")] == []
    assert all(report["summary"]["parsing_errors"] == 0 for report in reports(scan))


BROKEN = """
from terraform_policy import TerraformPolicy
from workflow_policy import DOCUMENT, WorkflowPolicy

judge = lambda _: {}["nothing"]
terraform = TerraformPolicy("HDP_BROKEN_TERRAFORM", "", "", ["google_pubsub_topic"], judge)
workflow = WorkflowPolicy("HDP_BROKEN_WORKFLOW", "", "", DOCUMENT, judge)
"""


def test_a_policy_that_breaks_off_fails(tmp_path):
    """Checkov would take it for one that knows nothing, and be green."""
    tree, policy = tmp_path / "tree", tmp_path / "policy"
    policy.mkdir()
    (policy / "__init__.py").touch()
    (policy / "broken.py").write_text(BROKEN, "utf-8")
    lay_out(HERE / "cases" / "topic_own_key" / "pass_resource.tf", tree / "a")
    lay_out(HERE / "cases" / "hosted_runner" / "pass_named.yml", tree / "b")
    reports = json.loads(run_checkov(tree, POLICIES, policy).stdout)
    failed = [record["check_id"] for r in reports for record in r["results"]["failed_checks"]]
    assert {"HDP_BROKEN_TERRAFORM", "HDP_BROKEN_WORKFLOW"} <= set(failed)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_is_one_rule_of_forty_lines(path):
    """Its id is its file's name, it says what to do, and has a case for each verdict."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert re.findall(r'"(HDP_\w+)"', text) == [identify(path.stem)]
    assert len(re.findall(r"^check = ", text, re.MULTILINE)) == 1
    kinds = {case.stem.split("_")[0] for case in CASES if case.parent.name == path.stem}
    assert kinds == {"pass", "fail"} | (set() if path.stem in NEVER_UNKNOWN else {"unknown"})


def test_every_case_belongs_to_a_policy():
    """No folder of cases is left behind by a policy that is gone or has another name."""
    assert {case.parent.name for case in CASES} == {path.stem for path in FILES}
    assert len(FILES) == len({path.stem for path in FILES})
