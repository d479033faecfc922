"""Every gate bites: a planted fault turns it red for its own reason, and its twin stays green.

`twins/GATE/good` are the parts of one tree, which all gates pass. Laid over it, `twins/GATE/bad`
are faults at places of their own, so that one run tells which gate found which. Among them are
files that would silence each tool, if it heeded them. All files end in `.twin`, since no gate of
the project itself may find them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gates import declaration
from gates.declaration import HOME

TWINS = Path(__file__).with_name("twins")
LOCKS = ("requirements/api.txt", "requirements/function.txt", "requirements/traces.txt")
SECRETS = {
    # Put together here, since otherwise this file would be a finding.
    "@AWS@": "AKIA" + "QYLPMN5HFIQR7XYA",
    "@PEM@": "-----BEGIN "
    "PRIVATE KEY-----\\n"
    + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 20
    + "\\n-----END "
    + "PRIVATE KEY-----",
}
ASKED = sorted(declaration.read().keys() - {"trivy-image"})
"""The image's gate has its own tests, in trivy/: its twins are images."""

SILENCERS = (
    ".bandit .checkov.yaml .gitleaks.toml .gitleaksignore .hadolint.yaml .shellcheckrc "
    ".trivyignore .github/actionlint.yaml app/.ruff.toml mypy.ini ruff.toml trivy.yaml zizmor.yml"
)
"""Each would turn its tool's fault green; each is a finding itself, and nothing else."""

FAULTS = {
    ("ruff", "F401"): "app/ruff_bad.py",
    ("format", "unformatted"): "app/format_bad.py",
    ("mypy", "assignment"): "app/mypy_bad.py",
    ("mypy", "type-arg"): "app/mypy_loose.py",
    ("bandit", "B302"): "app/bandit_bad.py",
    ("suppressions", "inline-suppression"): "app/suppressions_bad.py",
    ("suppressions", "configuration-file"): SILENCERS,
    ("shellcheck", "SC2086"): "hidden",
    ("hadolint", "DL3059"): "bad/Dockerfile",
    ("terraform-fmt", "unformatted"): "unformatted.tf",
    ("checkov", "HDP_TOPIC_STAYS_IN_REGION"): "topic_bad.tf",
    ("checkov", "HDP_NO_PUBLIC_DATA"): "topic_open.tf",
    ("checkov", "CKV_GHA_1"): ".github/workflows/unsafe.yml",
    ("checkov", "HDP_JOB_TIMES_OUT"): ".github/workflows/endless.yml",
    ("checkov", "HDP_NO_COMMAND_INJECTION_SWITCH"): ".github/workflows/unsafe.yml",
    ("checkov", "CKV_DOCKER_1"): "ports/Dockerfile",
    ("checkov", "CKV_DOCKER_3"): "root/Dockerfile",
    ("checkov", "CKV_SECRET_13"): "kept.json",
    ("trivy-configuration", "DS-0002"): "root/Dockerfile",
    ("trivy-secrets", "private-key"): "kept.json",
    ("trivy-vulnerabilities", "CVE-2018-1000656"): "requirements/old.txt",
    ("trivy-licences", "licence-unknown"): "requirements/function.txt",
    ("pip-audit", "CVE-2018-1000656"): "requirements/old.txt",
    ("gitleaks", "aws-access-token"): "deleted.txt",
    ("gitleaks", "private-key"): "kept.json",
    ("zizmor", "undocumented-permissions"): ".github/workflows/undocumented.yml",
    ("actionlint", "expression"): ".github/workflows/undefined.yml",
}
SHARED = {"root/Dockerfile", "kept.json", "requirements/old.txt", ".github/workflows/unsafe.yml"}
"""Where more than one gate has to see the fault; at all other places it is one gate's alone."""

pytestmark = pytest.mark.timeout(900)


def twins(kind):
    """Read the files of all gates' good or bad twins."""
    for path in sorted(TWINS.glob(f"*/{kind}/**/*.twin")):
        text = path.read_text("utf-8")
        for place, secret in SECRETS.items():
            text = text.replace(place, secret)
        yield str(path.relative_to(TWINS)).split("/", 2)[2].removesuffix(".twin"), text


def unlicensed():
    """Lock a package that is installed here, and that declares no licence."""
    dev = (HOME / "requirements" / "dev.txt").read_text("utf-8")
    (entry,) = re.findall(r"^sarif-pydantic==.*(?:\n    --hash.*)+", dev, re.MULTILINE)
    lock = LOCKS[1]
    return {lock: f"{(HOME / lock).read_text('utf-8')}{entry}\n"}


def run(root, *arguments, **environment):
    """Run the real command on a tree; return its status and its verdict."""
    done = subprocess.run(
        [sys.executable, "-m", "gates", "--offline", f"--root={root}", *arguments],
        cwd=HOME,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    written = root / ".cache" / "gates" / "verdict.json"
    assert written.exists(), done.stdout + done.stderr
    verdict = json.loads(written.read_text("utf-8"))
    assert verdict["exit_status"] == done.returncode, done.stdout
    return done.returncode, {each["gate"]: each for each in verdict["outcomes"]}


def there(outcomes, *gates):
    """Return the outcomes of these gates, unless a tool is not installed."""
    chosen = [outcomes[gate] for gate in gates]
    for each in chosen:
        if "is missing: make setup-gates" in each["reason"]:
            pytest.skip(f"{each['gate']}: {each['reason']}")
    return chosen


@pytest.fixture(scope="module")
def good_tree(plant, tmp_path_factory):
    locks = {name: (HOME / name).read_text("utf-8") for name in LOCKS}
    files = {**dict(twins("good")), **locks, ".gitignore": ".cache/\n"}
    return plant(tmp_path_factory.mktemp("good") / "tree", files)


@pytest.fixture(scope="module")
def good(good_tree):
    return run(good_tree)


@pytest.fixture(scope="module")
def bad(plant, tmp_path_factory, good_tree):
    root = tmp_path_factory.mktemp("bad") / "tree"
    subprocess.run(["cp", "-r", str(good_tree), str(root)], check=True)
    plant(root, dict(twins("bad")) | unlicensed())
    # Out of the tree, and still in the history.
    return run(plant(root, {"deleted.txt": None}))


@pytest.mark.parametrize("gate", ASKED)
def test_a_good_twin_stays_green(good, gate):
    (outcome,) = there(good[1], gate)
    assert (outcome["status"], outcome["reason"], outcome["findings"]) == ("passed", "", [])
    assert outcome["scanned"] > 0


def test_all_good_twins_together_are_a_pass(good):
    assert sorted(good[1]) == ASKED
    there(good[1], *ASKED)
    assert good[0] == 0


@pytest.mark.parametrize(("gate", "rule"), FAULTS, ids=lambda part: part)
def test_a_planted_fault_turns_its_gate_red_for_its_own_reason(bad, gate, rule):
    (outcome,) = there(bad[1], gate)
    places = {each["path"] for each in outcome["findings"] if each["rule"] == rule}
    assert outcome["status"] == "found", outcome["reason"]
    assert set(FAULTS[gate, rule].split()) <= places


@pytest.mark.parametrize("gate", ASKED)
def test_every_gate_has_a_fault_that_it_finds(gate):
    assert any(gate == of for of, _ in FAULTS)


def test_a_fault_turns_no_other_gate_red(bad):
    """What a gate finds is at the places of its own faults, or at one that is shared."""
    there(bad[1], *ASKED)
    own = {}
    for (gate, _), places in FAULTS.items():
        own.setdefault(gate, set()).update(places.split())
    strange = {
        (gate, each["rule"], each["path"])
        for gate, outcome in bad[1].items()
        for each in outcome["findings"]
        if each["path"] not in own[gate] | SHARED
    }
    assert strange == set()


def test_all_bad_twins_together_are_findings(bad):
    there(bad[1], *ASKED)
    assert bad[0] == 1


def test_the_callers_environment_does_not_turn_it_green(good_tree, plant, tmp_path):
    """Each variable alone would silence its tool."""
    root = tmp_path / "tree"
    subprocess.run(["cp", "-r", str(good_tree), str(root)], check=True)
    plant(root, {path: text for path, text in twins("bad") if "shellcheck" not in path})
    plant(root, {"deleted.txt": None})
    status, outcomes = run(
        root,
        *("ruff", "shellcheck", "hadolint", "gitleaks", "zizmor", "actionlint"),
        SHELLCHECK_OPTS="--exclude=SC2086",
        HADOLINT_NOFAIL="1",
        HADOLINT_IGNORE="DL3059",
        GITLEAKS_CONFIG_TOML="",
        ZIZMOR_PERSONA="regular",
        RUFF_OUTPUT_FORMAT="concise",
    )
    there(outcomes, *outcomes)
    assert status == 1
    assert {gate: each["status"] for gate, each in outcomes.items()} == dict.fromkeys(
        outcomes, "found"
    )


@pytest.mark.parametrize("gate", ["shellcheck", "terraform-fmt", "zizmor", "actionlint"])
def test_a_tree_without_anything_for_a_gate_is_no_judgement(plant, tmp_path, gate):
    status, outcomes = run(plant(tmp_path / "tree", {"README.md": "x\n"}), gate)
    there(outcomes, gate)
    assert status == 2
    assert "no file for it" in outcomes[gate]["reason"]
