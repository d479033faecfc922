"""What Trivy finds fails, what it did not look at fails too, and secrets stay where they are."""

import json
import os
import string
import tarfile
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner

from gates.trivy import scans
from gates.trivy.__main__ import main
from gates.trivy.report import BROKEN, FOUND, PASSED, Finding, GateError
from gates.trivy.scanner import Trivy
from gates.trivy.scans import configuration, counts
from tests.gates.trivy.archives import DEBIAN, GOOD, wheel

MATERIAL = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKc" * 20
IDENTIFIER = "a1b2c3d4e5" * 4
SERVICE_ACCOUNT = "service_account"  # beside its key it would be a finding in this file
ACCOUNT = json.dumps(
    {
        "type": SERVICE_ACCOUNT,
        "private_key_id": IDENTIFIER,
        "private_key": f"-----BEGIN PRIVATE KEY-----\n{MATERIAL}\n-----END PRIVATE KEY-----\n",
    },
    indent=1,
)
LOCK = "jinja2=={} \\\n    --hash=sha256:" + "0" * 64 + "\n"
DOCKERFILE = "FROM debian:13\nUSER {}\nHEALTHCHECK CMD true\n"
TERRAFORM = 'output "it" {\n  value = 1\n}\n'


def stub(tmp_path, script):
    """A program that stands where Trivy should."""
    path = tmp_path / "stub"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return path


def project(tmp_path, **files):
    """A folder with these files; `__` in a name is a slash, and `_` a dot."""
    folder = tmp_path / "project"
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def found(result):
    """The ids of the findings of a command run with --json."""
    return {finding["id"] for finding in json.loads(result.stdout)["findings"]}


def test_a_good_image_passes_and_says_what_that_is_worth(run, image):
    result = run("image", image(GOOD), "--name", "api")
    assert result.exit_code == PASSED, result.output
    assert "api: 0 open" in result.output
    assert "operating system packages (1), Python packages (1)" in result.output
    assert "the example set, NO CURRENT ADVISORIES" in result.output


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (wheel("jinja2", "2.4.1"), {"CVE-2016-10745", "CVE-2019-10906"}),
        (
            {"var/lib/dpkg/status.d/xz": "Package: liblzma5\nSource: xz-utils\nVersion: 5.6.1-1\n"},
            {"CVE-2024-3094"},
        ),
    ],
    ids=["python", "debian"],
)
def test_a_vulnerable_package_in_an_image_is_found(run, image, bad, expected):
    result = run("image", image(GOOD, bad), options=["--json"])
    assert result.exit_code == FOUND, result.output
    assert found(result) == expected


def test_the_table_names_package_and_versions(run, image):
    result = run("image", image(GOOD, wheel("django", "1.11.26")))
    (row,) = [line for line in result.output.splitlines() if "CVE-2019-19844" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        *("CVE-2019-19844", "CRITICAL", "django", "1.11.26", "1.11.27", "open")
    ]


def test_a_mild_vulnerability_is_counted_and_passes(run, image):
    result = run("image", image(GOOD, wheel("jinja2", "3.1.2")))
    assert result.exit_code == PASSED, result.output
    assert "0 open, 1 below HIGH" in result.output


@pytest.mark.parametrize(
    "path",
    ["app/key.json", "usr/local/lib/python3.13/site-packages/test/key.json", "usr/share/doc/a.md"],
)
def test_a_key_in_any_layer_is_found_wherever_it_is_and_never_printed(run, image, path):
    """Trivy passes over site-packages, tests and documents by itself; a deleted key is public."""
    folder, _, name = path.rpartition("/")
    archive = image(GOOD, {path: ACCOUNT}, {f"{folder}/.wh.{name}": ""})
    for options in ([], ["--json"]):
        result = run("image", archive, options=options)
        assert result.exit_code == FOUND, result.output
        assert IDENTIFIER not in result.output
        assert MATERIAL[:40] not in result.output
    assert found(result) == {"gcp-service-account", "private-key"}
    assert {
        each["subject"].partition(":")[0] for each in json.loads(result.stdout)["findings"]
    } == {f"/{path}"}


def test_a_secret_of_any_severity_is_found(run, image):
    """Trivy calls a token MEDIUM."""
    token = jwt.encode({"sub": "1234567890"}, "k" * 32)
    result = run("image", image(GOOD, {"app/token": f"token = {token}\n"}), options=["--json"])
    assert result.exit_code == FOUND, result.output
    assert found(result) == {"jwt-token"}


def test_only_the_description_of_a_package_may_quote_a_sample(run, image):
    token = jwt.encode({"sub": "1234567890"}, "k" * 32)
    (path, text) = next(iter(wheel("pyjwt", "2.15.1").items()))
    description = {path: f"{text}\ntoken = {token}\n"}
    assert run("image", image(GOOD, description)).exit_code == PASSED
    beside = {path.replace("METADATA", "RECORD"): f"token = {token}\n"}
    assert run("image", image(GOOD, beside)).exit_code == FOUND


def test_a_secret_in_the_image_configuration_is_found(run, image):
    secret = string.ascii_letters[:40]
    result = run("image", image(GOOD, env=[f"AWS_SECRET_ACCESS_KEY={secret}"]))
    assert result.exit_code == FOUND
    assert "aws-secret-access-key" in result.output
    assert secret not in result.output


@pytest.mark.parametrize("user", ["", "0", "root", "0:65532"])
def test_an_image_that_starts_as_root_is_found(run, image, user):
    result = run("image", image(GOOD, user=user))
    assert result.exit_code == FOUND, result.output
    assert "root-user" in result.output


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({}, "no operating system packages and no Python packages"),
        (DEBIAN, "no Python packages"),
        (wheel("jinja2", "3.1.6"), "no operating system packages"),
        # Trivy knows Debian by one file, and without it judges no package of it.
        ({k: v for k, v in GOOD.items() if "version" not in k}, "no operating system packages"),
    ],
    ids=["empty", "no_python", "no_system", "unknown_system"],
)
def test_an_image_in_which_nothing_was_looked_at_does_not_pass(run, image, files, missing):
    result = run("image", image(files))
    assert result.exit_code == BROKEN, result.output
    assert f"Trivy saw {missing}, so a pass would prove nothing" in result.output


def test_what_is_no_archive_does_not_pass(run, tmp_path):
    path = tmp_path / "x.tar"
    for content in (None, b"no tar"):
        if content:
            path.write_bytes(content)
        result = run("image", path)
        assert result.exit_code == BROKEN
        assert "is no OCI archive" in result.output


def test_an_archive_with_a_second_image_or_a_changed_blob_does_not_pass(run, image, tmp_path):
    """Trivy would read the first image only, and believe the blob's name."""
    folder = tmp_path / "layout"
    with tarfile.open(image(GOOD)) as tar:
        tar.extractall(folder, filter="data")
    index = json.loads((folder / "index.json").read_text())
    second = {**index["manifests"][0], "digest": "sha256:" + "0" * 64}
    changed = [{"manifests": [*index["manifests"], second]}, index]
    blob = min((folder / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    for number, reason in enumerate(["must hold one image", "has another digest"]):
        (folder / "index.json").write_text(json.dumps(changed[number]))
        blob.write_bytes(blob.read_bytes() + b" " * number)
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w") as tar:
            tar.add(folder, ".")
        result = run("image", path)
        assert result.exit_code == BROKEN
        assert reason in result.output


def test_locked_requirements_are_scanned_by_the_name_of_their_image(run, tmp_path):
    folder = project(
        tmp_path,
        requirements__api_txt=LOCK.format("3.1.6"),
        requirements__function_txt=LOCK.format("2.4.1"),
    )
    result = run("vulnerabilities", folder, options=["--json"])
    assert result.exit_code == FOUND, result.output
    assert {each["image"] for each in json.loads(result.stdout)["findings"]} == {"function"}
    assert found(result) == {"CVE-2016-10745", "CVE-2019-10906"}
    places = {(each["path"], each["line"]) for each in json.loads(result.stdout)["findings"]}
    assert places == {("requirements/function.txt", 1)}
    assert {each["fix"] for each in json.loads(result.stdout)["findings"]} == {
        *("take jinja2 2.8.1", "take jinja2 2.10.1")
    }


def test_a_vulnerability_that_nobody_rated_yet_is_open():
    """Just published, or of a package that was made to harm: neither waits for a rating."""
    unrated = Finding(
        kind="vulnerability", id="x", severity="UNKNOWN", subject="x", purl="pkg:pypi/x@1"
    )
    assert counts(unrated)
    assert not counts(replace(unrated, purl="pkg:deb/debian/x@1"))
    assert not counts(replace(unrated, severity="MEDIUM"))


def test_a_key_among_the_tests_of_the_project_is_found(run, tmp_path):
    folder = project(tmp_path, app__main_py="x = 1\n", tests__key_json=ACCOUNT)
    for options in ([], ["--json"]):
        result = run("secrets", folder, options=options)
        assert result.exit_code == FOUND, result.output
        assert IDENTIFIER not in result.output
        assert MATERIAL[:40] not in result.output
    report = json.loads(result.stdout)
    assert {each["path"] for each in report["findings"]} == {"tests/key.json"}
    assert {each["line"] for each in report["findings"]} == {2, 4}
    assert report["seen"] == {"files": 2}


def test_files_without_a_secret_pass_and_are_counted(run, tmp_path):
    folder = project(tmp_path, app__main_py="x = 1\n", README_md="# It\n")
    result = run("secrets", folder)
    assert result.exit_code == PASSED, result.output
    assert "secrets: 0 open, 0 below HIGH; saw files (2)" in result.output


def test_a_project_without_a_file_has_no_verdict_about_secrets(run, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "gone"):
        result = run("secrets", folder)
        assert result.exit_code == BROKEN, result.output
        assert "holds no file, so a pass would prove nothing" in result.output


def test_a_scanner_that_finds_no_planted_key_has_no_verdict_about_secrets(run, tmp_path, binary):
    """Its rules could be switched off in a file of its own, or be gone with a version."""
    blind = stub(tmp_path, f'exec {binary} "$@" --secret-config {tmp_path / "blind.yaml"}')
    rules = "disable-rules: [private-key]\n"
    (tmp_path / "blind.yaml").write_text(rules, "utf-8")
    folder = project(tmp_path, app__main_py="x = 1\n")
    result = run("secrets", folder, options=["--trivy", blind])
    assert result.exit_code == BROKEN, result.output
    assert "the canary is alive: Trivy finds no planted key" in result.output


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"empty_txt": ""}, "requirements/*.txt"),
        ({"requirements__api_txt": "# nothing\n"}, "requirements/api.txt"),
        ({"requirements__api_txt": "jinja2>=3 --hash=sha256:0"}, "requirements/api.txt"),
    ],
    ids=["no_lock", "empty", "unpinned"],
)
def test_a_project_without_locked_packages_does_not_pass(run, tmp_path, files, missing):
    result = run("vulnerabilities", project(tmp_path, **files))
    assert result.exit_code == BROKEN, result.output
    assert f"Trivy saw no {missing}" in result.output


def test_good_configuration_passes(run, tmp_path):
    folder = project(tmp_path, Dockerfile=DOCKERFILE.format(65532), main_tf=TERRAFORM)
    result = run("configuration", folder)
    assert result.exit_code == PASSED, result.output
    assert "dockerfile (1), terraform (1)" in result.output


def test_a_container_file_that_stays_root_is_found(run, tmp_path):
    folder = project(tmp_path, Dockerfile=DOCKERFILE.format("root"), main_tf=TERRAFORM)
    result = run("configuration", folder, options=["--json"])
    assert result.exit_code == FOUND, result.output
    assert found(result) == {"DS-0002"}


def test_a_comment_that_silences_trivy_is_a_finding(run, tmp_path):
    dockerfile = "#trivy:ignore:DS-0002\n" + DOCKERFILE.format("root")
    folder = project(tmp_path, Dockerfile=dockerfile, main_tf=TERRAFORM)
    result = run("configuration", folder, options=["--json"])
    assert result.exit_code == FOUND, result.output
    assert "ignore-comment" in found(result)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"Dockerfile": DOCKERFILE.format(1)}, "saw no terraform"),
        ({"a_txt": ""}, "saw no dockerfile and no terraform"),
        ({"Dockerfile": "FROM a\nGARBAGE\n", "main_tf": TERRAFORM}, "unknown instruction"),
        ({"Dockerfile": DOCKERFILE.format(1), "main_tf": "a {{{ hidden"}, "Error parsing file"),
    ],
    ids=["no_terraform", "empty", "dockerfile_unread", "terraform_unread"],
)
def test_configuration_that_was_not_read_does_not_pass(run, tmp_path, files, reason):
    result = run("configuration", project(tmp_path, **files))
    assert result.exit_code == BROKEN, result.output
    assert reason in result.output
    assert "hidden" not in result.output


def test_neither_environment_nor_folder_can_soften_a_scan(run, image, tmp_path, monkeypatch):
    (tmp_path / ".trivyignore").write_text("CVE-2016-10745\nCVE-2019-10906\n")
    (tmp_path / "trivy.yaml").write_text("severity: [LOW]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIVY_SEVERITY", "LOW")
    monkeypatch.setenv("TRIVY_IGNOREFILE", str(tmp_path / ".trivyignore"))
    result = run("image", image(GOOD, wheel("jinja2", "2.4.1")), options=["--json"])
    assert found(result) == {"CVE-2016-10745", "CVE-2019-10906"}


@pytest.mark.parametrize(
    ("script", "timeout_s", "reason"),
    [
        ("exit 0", 20, "Trivy printed no JSON report"),
        ("echo []", 20, "Trivy printed no JSON report"),
        ("""echo '{"Results": [{}]}'""", 20, "Trivy's report has another shape"),
        ("echo no disk >&2; exit 1", 20, "Trivy failed with status 1: no disk"),
        ("exec sleep 30", 0.2, "Trivy took longer than 0.2 s"),
    ],
    ids=["nothing", "no_object", "no_target", "failed", "slow"],
)
def test_a_scanner_that_fails_does_not_pass(tmp_path, script, timeout_s, reason):

    scanner = Trivy(stub(tmp_path, script), tmp_path, timeout_s=timeout_s)
    with pytest.raises(GateError, match=reason):
        configuration(scanner, tmp_path, ("dockerfile",))


def test_a_missing_scanner_does_not_pass(tmp_path):
    with pytest.raises(GateError, match="name one with --trivy"):
        Trivy(tmp_path / "none", tmp_path).ask("fs")


def test_a_scanner_that_is_not_installed_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr("gates.trivy.__main__.find", lambda _: None)
    result = CliRunner().invoke(main, ["secrets"])
    assert result.exit_code == BROKEN
    assert "no Trivy; install it: python -m toolchain trivy" in result.output


def test_a_gate_that_crashes_has_no_verdict(run, tmp_path, monkeypatch):
    """Python's own status for it would be that of a finding."""

    def crash(*_):
        raise ZeroDivisionError("in our own code")

    monkeypatch.setattr(scans, "secrets", crash)
    result = run("secrets", tmp_path)
    assert result.exit_code == BROKEN
    assert "could not judge: the gate itself failed: ZeroDivisionError" in result.output


@pytest.mark.parametrize("arguments", [["nonsense"], ["image"], ["secrets", "a", "b"]])
def test_a_command_that_does_not_exist_has_no_verdict(run, arguments):
    assert run(*arguments).exit_code == BROKEN


def test_the_predicate_is_about_the_digest_and_quotes_no_secret(run, image, tmp_path):
    archive = image(GOOD, {"key.json": ACCOUNT})
    path = tmp_path / "predicate.json"
    assert run("image", archive, "--predicate", path).exit_code == FOUND
    text = path.read_text("utf-8")
    assert IDENTIFIER not in text
    assert os.sep + str(Path(__file__).parent.parent).strip(os.sep) not in text
    predicate = json.loads(text)
    assert predicate.keys() == {"invocation", "scanner", "metadata"}
    assert predicate["scanner"].keys() == {"uri", "version", "db", "result"}
    assert predicate["scanner"]["db"]["uri"] == "local:example.json"
    with tarfile.open(archive) as tar:
        (manifest,) = json.load(tar.extractfile("index.json"))["manifests"]
    result = predicate["scanner"]["result"]
    assert (result["digest"], result["exit_status"]) == (manifest["digest"], FOUND)
    assert predicate["metadata"]["scanStartedOn"] < predicate["metadata"]["scanFinishedOn"]
