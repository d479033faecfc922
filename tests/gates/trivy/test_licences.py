"""Each package that is shipped has a licence that may be shipped, and none goes unseen."""

import json

import pytest

from gates.trivy.report import BROKEN, FOUND, PASSED

ALLOWED = 'allowed = ["notice", "permissive", "unencumbered", "reciprocal"]\n'
HASH = "    --hash=sha256:" + "0" * 64 + "\n"
GPL = "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)"
AGPL = "License :: OSI Approved :: GNU Affero General Public License v3"


def metadata(name, version, *headers):
    return "\n".join(
        ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *headers, ""]
    )


@pytest.fixture
def judge(run, tmp_path):
    """Run the gate over packages, each with the headers of its METADATA; the lock is theirs."""

    def judge(packages, policy=ALLOWED, locked=None, options=("--json",)):
        installed, project = tmp_path / "site-packages", tmp_path / "project"
        (project / "requirements").mkdir(parents=True)
        for name, headers in packages.items():
            path = installed / f"{name}-1.0.dist-info" / "METADATA"
            path.parent.mkdir(parents=True)
            path.write_text(metadata(name, "1.0", *headers), "utf-8")
        lock = "".join(f"{name}==1.0 \\\n{HASH}" for name in packages)
        (project / "requirements" / "api.txt").write_text(lock if locked is None else locked)
        for name in ("function.txt", "traces.txt"):
            (project / "requirements" / name).write_text("", "utf-8")
        path = tmp_path / "licences.toml"
        path.write_text(policy, "utf-8")
        places = ("--policy", path, "--packages", installed)
        return run("licences", project, *places, options=list(options))

    return judge


def test_what_our_images_hold_may_be_shipped(run):
    result = run("licences", options=["--json"])
    assert result.exit_code == PASSED, result.output
    assert json.loads(result.stdout)["seen"]["Python packages"] > 30


@pytest.mark.parametrize(
    "headers",
    [
        ["License-Expression: MIT"],
        ["License-Expression: Apache-2.0 OR BSD-3-Clause"],
        ["License: Apache 2.0", "Classifier: License :: OSI Approved :: Apache Software License"],
        ["License: 3-Clause BSD License"],
        ["Classifier: License :: OSI Approved :: MIT License"],
        ["License-Expression: MPL-2.0"],
        ["License-Expression: GPL-3.0-only OR MIT"],
    ],
    ids=str,
)
def test_a_licence_of_an_allowed_category_passes(judge, headers):
    result = judge({"fine": headers})
    assert result.exit_code == PASSED, result.output


@pytest.mark.parametrize(
    ("headers", "category"),
    [
        (["License-Expression: GPL-3.0-or-later"], "restricted"),
        (["License-Expression: GPL-2.0-only"], "restricted"),
        (["License-Expression: LGPL-3.0-only"], "restricted"),
        (["License-Expression: MIT AND GPL-3.0-only"], "restricted"),
        (["License: GPLv3"], "restricted"),
        (["Classifier: " + GPL], "restricted"),
        (["License: MIT", "Classifier: " + GPL], "restricted"),
        (["License-Expression: AGPL-3.0-only OR GPL-3.0-only"], "restricted"),
        (["License-Expression: AGPL-3.0-only"], "forbidden"),
        (["Classifier: " + AGPL], "forbidden"),
        (["License: AGPL-3.0"], "forbidden"),
        (["License-Expression: CC-BY-NC-4.0"], "forbidden"),
        (["License: Proprietary"], "unknown"),
        (["License-Expression: LicenseRef-Ours"], "unknown"),
        (["License: see LICENSE"], "unknown"),
        ([], "unknown"),
        (["Classifier: License :: OSI Approved"], "unknown"),
    ],
    ids=str,
)
def test_a_planted_package_of_another_licence_is_a_finding_at_its_line(judge, headers, category):
    result = judge({"fine": ["License-Expression: MIT"], "planted": headers})
    assert result.exit_code == FOUND, result.output
    (found,) = json.loads(result.stdout)["findings"]
    assert (found["kind"], found["id"]) == ("licence", f"licence-{category}")
    assert (found["path"], found["line"]) == ("requirements/api.txt", 3)
    assert found["title"].startswith("planted 1.0: ")
    assert found["fix"].endswith("policies/licences.toml")


PLACEMENT = '[[placement]]\nlicence = "{}"\ncategory = "notice"\nreason = "It is as MIT."\n'


def test_a_licence_that_trivy_cannot_place_is_placed_by_the_policy(judge):
    headers = ["License-Expression: LicenseRef-Ours"]
    result = judge({"planted": headers}, ALLOWED + PLACEMENT.format("LicenseRef-Ours"))
    assert result.exit_code == PASSED, result.output


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MIT", "LicenseRef-Other"])
def test_a_placement_moves_no_licence_that_trivy_places_and_is_a_finding_itself(judge, licence):
    headers = ["License-Expression: GPL-3.0-only"]
    result = judge({"planted": headers}, ALLOWED + PLACEMENT.format(licence))
    assert result.exit_code == FOUND
    assert {each["id"] for each in json.loads(result.stdout)["findings"]} == {
        *("licence-restricted", "unused-licence-entry")
    }


EXEMPTION = '[[exemption]]\npackage = "{}"\nlicence = "{}"\nreason = "We take its other one."\n'


def test_an_exemption_with_its_reason_lets_one_licence_of_one_package_pass(judge):
    policy = ALLOWED + EXEMPTION.format("Planted", "none declared")
    result = judge({"planted": []}, policy)
    assert result.exit_code == PASSED, result.output
    (found,) = json.loads(result.stdout)["findings"]
    assert (found["accepted"], found["status"]) == (True, "We take its other one.")


@pytest.mark.parametrize(
    ("package", "licence"),
    [("other", "none declared"), ("planted", "GPL-3.0-only"), ("fine", "MIT")],
)
def test_an_exemption_covers_nothing_else_and_is_a_finding_itself(judge, package, licence):
    packages = {"fine": ["License-Expression: MIT"], "planted": []}
    result = judge(packages, ALLOWED + EXEMPTION.format(package, licence))
    assert result.exit_code == FOUND
    assert {each["id"] for each in json.loads(result.stdout)["findings"]} == {
        *("licence-unknown", "unused-licence-entry")
    }


@pytest.mark.parametrize(
    ("locked", "reason"),
    [
        ("", "name no package, so a pass would prove nothing"),
        ("planted==1.0 ; sys_platform == 'never'\n", "name no package"),
        ("planted==2.0\n", "has planted 1.0, not 2.0: run make setup"),
        ("planted==1.0\nmissing==1.0\n", "has no missing, not 1.0: run make setup"),
        ("planted\n", "requirements/api.txt:1 pins no version"),
    ],
    ids=["empty", "elsewhere", "another_version", "not_installed", "unpinned"],
)
def test_packages_that_are_not_there_as_locked_have_no_verdict(judge, locked, reason):
    result = judge({"planted": ["License-Expression: MIT"]}, locked=locked)
    assert result.exit_code == BROKEN, result.output
    assert reason in result.output


def test_a_package_that_trivy_cannot_read_has_no_verdict(judge, tmp_path):
    path = tmp_path / "site-packages" / "hidden-1.0.dist-info" / "METADATA"
    path.parent.mkdir(parents=True)
    path.write_text("Metadata-Version: 2.4\n\nName: hidden\nVersion: 1.0\n", "utf-8")
    result = judge({"fine": ["License-Expression: MIT"]}, locked="fine==1.0\nhidden==1.0\n")
    assert result.exit_code == BROKEN, result.output


def test_a_version_for_another_python_is_named(judge):
    locked = "planted==1.0\nplanted==2.0 ; python_version < '3'\n"
    result = judge({"planted": ["License-Expression: MIT"]}, locked=locked)
    assert result.exit_code == PASSED, result.output
    assert json.loads(result.stdout)["notes"] == ["not installed here, so not judged: planted 2.0"]


def test_a_policy_that_is_none_has_no_verdict(judge):
    result = judge({"planted": []}, policy='allowed = ["forbidden"]\n')
    assert result.exit_code == BROKEN
    assert "allowed: forbidden is none of" in result.output
