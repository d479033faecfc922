"""Each reader understands what its tool really printed, and nothing that is anything else.

`recorded/` holds what the pinned tools printed about a small tree of faults, its place written as
`/tree`.
"""

import json
from pathlib import Path

import pytest

from gates.finding import Level
from gates.readers import READERS, Ended, ReportError

RECORDED = Path(__file__).with_name("recorded")
ROOT = Path("/tree")
PYTHON = ("app/a.py", "app/b.py")
WORKFLOW = (".github/workflows/a.yml",)

EXPECTED = {
    "ruff": (PYTHON, 2, "error F401 app/a.py:1"),
    "format": (PYTHON, 2, "error unformatted app/a.py:6"),
    "mypy": (PYTHON, 2, "error assignment app/a.py:4"),
    "bandit": (PYTHON, 2, "note B403 app/a.py:2", "warning B301 app/a.py:5"),
    "hadolint": (
        ("Dockerfile",),
        1,
        "warning DL3007 Dockerfile:1",
        "note DL3009 Dockerfile:2",
        "note DL3059 Dockerfile:3",
    ),
    "shellcheck": (("run.sh",), 1, "note SC2086 run.sh:2"),
    "actionlint": (WORKFLOW, 1, "error expression .github/workflows/a.yml:7"),
    "zizmor": (
        WORKFLOW,
        1,
        "warning artipacked .github/workflows/a.yml:6",
        "warning excessive-permissions .github/workflows/a.yml:1",
        "warning excessive-permissions .github/workflows/a.yml:3",
        "error template-injection .github/workflows/a.yml:7",
        "error unpinned-uses .github/workflows/a.yml:6",
        "warning anonymous-definition .github/workflows/a.yml:1",
        "note anonymous-definition .github/workflows/a.yml:3",
        "warning concurrency-limits .github/workflows/a.yml:1",
    ),
    "gitleaks": ((), 2, "error aws-access-token key.txt:1"),
    "terraform-fmt": (("main.tf",), 1, "error unformatted main.tf"),
    "checkov": (
        ("main.tf", "Dockerfile", *WORKFLOW),
        11,
        "error CKV_DOCKER_1 Dockerfile:2",
        "error HDP_JOB_TIMES_OUT .github/workflows/a.yml:4",
        "error HDP_ACTION_BY_COMMIT .github/workflows/a.yml:6",
        "error CKV_GCP_83 main.tf:1",
        "error HDP_TOPIC_STAYS_IN_REGION main.tf:1",
    ),
}
STRANGE = ("", "null", "[null]", "{}", "1", '"x"', '[{"x": 1}]', '{"findings": null}', "a\nb\n")


def ended(name, *, files=(), out=None, err=None, root=ROOT):
    def text(suffix):
        return (RECORDED / f"{name}.{suffix}").read_text("utf-8")

    return Ended(
        gate=name,
        root=root,
        files=files,
        status=1,
        out=text("out") if out is None else out,
        err=text("err") if err is None else err,
    )


def read(name, **options):
    return READERS["ruff" if name == "format" else name](ended(name, **options))


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_tool_printed_is_understood(name):
    files, scanned, *expected = EXPECTED[name]
    reading = read(name, files=files)
    assert [f"{f.level.value} {f.rule} {f.place}" for f in reading.findings] == expected
    assert reading.scanned == scanned
    assert all(f.message and f.gate == name for f in reading.findings)


@pytest.mark.parametrize(
    ("name", "out"),
    # terraform fmt prints nothing where it finds nothing.
    [
        (name, out)
        for name in sorted(EXPECTED)
        for out in STRANGE
        if (name, out) != ("terraform-fmt", "")
    ],
)
def test_what_is_no_report_is_refused(name, out):
    files = EXPECTED[name][0]
    with pytest.raises(ReportError):
        read(name, files=files, out=out)


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - {"terraform-fmt"}))
def test_a_report_that_is_cut_off_is_refused(name):
    """A full disk or a killed tool leaves half of it."""
    whole = ended(name).out.strip()
    for length in (len(whole) // 2, len(whole) - 2):
        with pytest.raises(ReportError):
            read(name, files=EXPECTED[name][0], out=whole[:length])


@pytest.mark.parametrize("name", ["ruff", "format", "gitleaks"])
def test_a_tool_that_does_not_say_what_it_read_is_refused(name):
    with pytest.raises(ReportError, match="does not tell how many"):
        read(name, files=EXPECTED[name][0], err="")


@pytest.mark.parametrize("name", ["zizmor", "actionlint", "bandit"])
def test_a_file_that_the_tool_does_not_name_was_not_read(name):
    files = EXPECTED[name][0]
    assert read(name, files=(*files, "more.yml")).scanned == len(files)


def test_ruff_counts_what_its_configuration_leaves_in():
    assert read("ruff", err="[DEBUG] Checked 1 file in: 2ms").scanned == 1


@pytest.mark.parametrize("key", ["toolExecutionNotifications", "toolConfigurationNotifications"])
def test_sarif_that_tells_of_a_trouble_is_refused(key):
    """Bandit ends with 0 when it could not parse a file, and says so here alone."""
    log = json.loads(ended("bandit").out)
    log["runs"][0]["invocations"][0][key] = [{"message": {"text": "syntax error"}}]
    with pytest.raises(ReportError, match=r"could not read everything.*syntax error"):
        read("bandit", files=PYTHON, out=json.dumps(log))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda run: run["invocations"][0].update(executionSuccessful=False), "did not succeed"),
        (lambda run: run["results"][0].update(ruleId=None), "names no rule"),
        (lambda run: run["results"][0].update(level="none"), "level"),
        (lambda run: run.pop("properties"), "no metrics"),
        (lambda run: run.pop("results"), "no results"),
        (lambda run: run.update(results=None), "no results"),
    ],
    ids=["failed", "no rule", "no level", "no metrics", "no results", "null for results"],
)
def test_sarif_that_is_not_as_it_must_be_is_refused(change, says):
    log = json.loads(ended("bandit").out)
    change(log["runs"][0])
    with pytest.raises(ReportError, match=says):
        read("bandit", files=PYTHON, out=json.dumps(log))


def test_sarif_of_several_runs_is_refused():
    log = json.loads(ended("bandit").out)
    log["runs"] *= 2
    with pytest.raises(ReportError, match="2 SARIF runs"):
        read("bandit", files=PYTHON, out=json.dumps(log))


def test_sarif_without_a_place_is_a_finding_without_one():
    log = json.loads(ended("bandit").out)
    log["runs"][0]["results"][0]["locations"] = []
    assert read("bandit", files=PYTHON, out=json.dumps(log)).findings[0].place == ""


def test_a_secret_stays_behind():
    out = json.loads(ended("gitleaks").out)
    out[0] |= {"Secret": "s3cr3t", "Match": "key=s3cr3t", "Message": "s3cr3t"}
    reading = read("gitleaks", out=json.dumps(out))
    assert "s3cr3t" not in repr(reading)


def test_what_zizmor_was_told_to_ignore_is_no_finding():
    """The gate of the suppressions judges whether it was told so with a reason."""
    out = json.loads(ended("zizmor").out)
    for each in out:
        each["ignored"] = True
    assert read("zizmor", files=WORKFLOW, out=json.dumps(out)).findings == []


def test_a_dockerfile_that_cannot_be_parsed_is_no_judgement():
    log = json.loads(ended("hadolint").out)
    log["runs"][0]["results"][0] |= {"ruleId": "DL1000", "level": "error"}
    with pytest.raises(ReportError, match="could not parse Dockerfile:1"):
        read("hadolint", files=("Dockerfile",), out=json.dumps(log))


@pytest.mark.parametrize(
    ("line", "says"),
    [("../outside.tf", "no file of ours"), ("Warning: something", "no file of ours")],
)
def test_terraform_may_name_nothing_but_its_files(line, says):
    with pytest.raises(ReportError, match=says):
        read("terraform-fmt", files=("main.tf",), out=f"main.tf\n{line}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Success: no issues found\n", "no count"),
        ("surprise\nSuccess: no issues found in 2 source files\n", "another shape"),
        ("a.py:1: fatal: x  [misc]\nFound 1 error in 1 file (checked 2 source files)\n", "shape"),
        ("Found 1 error in 1 file (errors prevented further checking)\n", "no count"),
    ],
)
def test_mypy_may_print_nothing_that_is_not_known(text, says):
    with pytest.raises(ReportError, match=says):
        read("mypy", files=PYTHON, out=text)


def test_a_note_of_mypys_is_no_finding():
    text = "a.py:1: note: see the manual\nSuccess: no issues found in 2 source files\n"
    reading = read("mypy", files=PYTHON, out=text)
    assert (reading.findings, reading.scanned) == ([], 2)


class TestCheckov:
    """Its report says what it looked at, and the reader holds it against the files."""

    @staticmethod
    def reports():
        return json.loads(ended("checkov").out)

    @pytest.mark.parametrize(
        "file", ["deep/Dockerfile", "deep/slim.Dockerfile", ".github/workflows/ci.yml"]
    )
    def test_a_file_that_it_says_nothing_about_is_refused(self, file):
        """A workflow that is not quite valid, for one, is none to it."""
        with pytest.raises(ReportError, match=f"did not look at {file}"):
            read("checkov", files=(file,))

    def test_terraform_that_it_says_nothing_about_is_refused(self):
        left = [each for each in self.reports() if each["check_type"] != "terraform"]
        with pytest.raises(ReportError, match="there is Terraform, and it looked at none"):
            read("checkov", files=("deep/main.tf",), out=json.dumps(left))

    @pytest.mark.parametrize("framework", ["terraform", "yaml"])
    def test_a_run_without_our_policies_is_refused(self, framework):
        reports = self.reports()
        for each in (each for each in reports if each["check_type"] == framework):
            for key in ("passed_checks", "failed_checks"):
                for check in each["results"][key]:
                    check["check_id"] = check["check_id"].replace("HDP_", "CKV_")
        with pytest.raises(ReportError, match=f"none of our own {framework} policies"):
            read("checkov", files=(*WORKFLOW, "main.tf"), out=json.dumps(reports))

    def test_a_file_that_could_not_be_parsed_is_refused(self):
        reports = self.reports()
        reports[0]["summary"]["parsing_errors"] = 1
        reports[0]["results"]["parsing_errors"] = ["/tree/bad.tf"]
        with pytest.raises(ReportError, match=r"could not parse .*: bad\.tf"):
            read("checkov", files=("main.tf",), out=json.dumps(reports))

    def test_a_tree_of_nothing_is_nothing_scanned(self):
        out = json.dumps({"passed": 0, "failed": 0, "resource_count": 0})
        assert read("checkov", files=("README.md",), out=out).scanned == 0


class TestPipAudit:
    """What it audited is held against the pins of the locks."""

    HASH = f" \\\n    --hash=sha256:{64 * '0'}\n"
    LOCK = (
        f"flask==0.12.2{HASH}"
        f'click==8.1.8 ; python_version < "3.11"{HASH}'
        f'click==8.5.1 ; python_version >= "3.11"{HASH}'
    )

    @pytest.fixture
    def read(self, tmp_path):
        def read(more="", **changes):
            (tmp_path / "lock.txt").write_text(self.LOCK + more, "utf-8")
            out = json.loads(ended("pip-audit").out)
            for name, value in changes.items():
                next(e for e in out["dependencies"] if e["name"] == name).update(value)
            return read_(out)

        def read_(out):
            return READERS["pip-audit"](
                ended("pip-audit", files=("lock.txt",), out=json.dumps(out), root=tmp_path)
            )

        return read

    def test_each_vulnerability_is_at_the_line_that_pins_it(self, read):
        reading = read()
        assert [(f.rule, f.place, f.fix) for f in reading.findings] == [
            ("CVE-2018-1000656", "lock.txt:1", "take 0.12.3: make lock"),
            ("CVE-2019-1010083", "lock.txt:1", "take 1.0: make lock"),
            ("CVE-2023-30861", "lock.txt:1", "take 2.2.5: make lock"),
        ]
        assert reading.scanned == 3
        assert "NO CURRENT ADVISORIES" in reading.notes[0]

    def test_both_versions_of_a_package_are_audited(self, read):
        """One is for another Python than the one that audits."""
        assert read().scanned == 3

    @pytest.mark.parametrize(
        "line",
        [
            f" requests==2.19.0 --hash=sha256:{64 * '0'}",
            "requests == 2.19.0",
            "requests>=2",
            "evil @ https://example.test/evil-1-py3-none-any.whl",
            " evil @ https://example.test/evil-1-py3-none-any.whl",
            "-r more.txt",
            "--hash=sha256:00",
        ],
    )
    def test_a_line_that_pip_would_install_and_nobody_audits_is_refused(self, read, line):
        with pytest.raises(ValueError, match="line 7 of a lock pins no version"):
            read(f"{line}\n")

    def test_a_pin_that_it_left_out_is_refused(self, read):
        with pytest.raises(ReportError, match=r"left out requests 2\.0"):
            read(f"requests==2.0{self.HASH}")

    def test_a_package_that_it_skipped_is_refused(self, read):
        with pytest.raises(ReportError, match="did not audit flask: not found"):
            read(flask={"skip_reason": "not found"})

    def test_a_vulnerability_without_a_fix_says_so(self, read):
        reading = read(flask={"vulns": [{"id": "X-1", "fix_versions": []}]})
        assert reading.findings[0].fix == "no version mends it yet"

    @pytest.mark.parametrize("out", [text for text in STRANGE if text != "{}"] + ["{}"])
    def test_what_is_no_report_is_refused(self, out):
        with pytest.raises(ReportError):
            READERS["pip-audit"](ended("pip-audit", out=out))


TRIVY = {
    "seen": {"requirements/api.txt": 30, "terraform": 2},
    "notes": ["a local set"],
    "findings": [
        {
            "id": "CVE-1",
            "severity": severity,
            "subject": "flask",
            "installed": "1.0",
            "fixed": "2.0",
            "fix": "",
            "title": "",
            "path": "requirements/api.txt",
            "line": 7,
            "status": "open",
            "accepted": accepted,
        }
        for severity, accepted in [("HIGH", False), ("MEDIUM", False), ("CRITICAL", True)]
    ],
}


class TestOurs:
    """Trivy's report and those of our own gates are JSON that we write."""

    def test_trivys_report_is_understood(self):
        reading = READERS["trivy"](ended("bandit", out=json.dumps(TRIVY)))
        assert [(f.level, f.place, f.fix) for f in reading.findings] == [
            (Level.ERROR, "requirements/api.txt:7", "take 2.0"),
            (Level.WARNING, "requirements/api.txt:7", "take 2.0"),
        ]
        assert reading.scanned == 32
        assert reading.notes == ["a local set", "accepted: CVE-1 of flask"]

    @pytest.mark.parametrize("name", ["trivy", "ours"])
    @pytest.mark.parametrize("out", STRANGE)
    def test_what_is_no_report_is_refused(self, name, out):
        with pytest.raises(ReportError):
            READERS[name](ended("bandit", out=out))

    @pytest.mark.parametrize(
        "finding", [{}, {"rule": "x"}, {"rule": "x", "level": "none", "message": "m"}]
    )
    def test_a_finding_of_another_shape_is_refused(self, finding):
        out = json.dumps({"scanned": 1, "findings": [finding]})
        with pytest.raises(ReportError):
            READERS["ours"](ended("bandit", out=out))


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("app/a.py", "app/a.py"),
        ("./app/a.py", "app/a.py"),
        ("/tree/app/a.py", "app/a.py"),
        ("/elsewhere/a.py", "/elsewhere/a.py"),
    ],
)
def test_a_file_has_one_name(said, path):
    assert ended("bandit").relative(said) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [("file:///tree/a%20b.py", "a b.py"), ("a%20b.py", "a b.py"), ("./a.py", "a.py")],
)
def test_sarif_names_a_file_by_a_reference(uri, path):
    log = json.loads(ended("bandit").out)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    place["artifactLocation"]["uri"] = uri
    assert read("bandit", files=PYTHON, out=json.dumps(log)).findings[0].path == path
