"""What is accepted is argued, is for one package, and ends; and the register stays clean."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gates.trivy import register
from gates.trivy.__main__ import AUTHOR, ROOT
from gates.trivy.archive import unpack
from gates.trivy.report import BROKEN, FOUND, PASSED, Database, Finding, GateError, Report
from tests.gates.trivy.archives import GOOD, wheel

TODAY = date(2030, 6, 1)
ENTRY = register.Entry(
    id="CVE-2019-19844",
    package="pkg:pypi/django",
    image="api",
    status="not_affected",
    justification="vulnerable_code_not_in_execute_path",
    reason="There is no password reset.",
    evidence="git grep password_reset",
    added=TODAY - timedelta(days=10),
    expires=TODAY + timedelta(days=80),
)


def toml(entry, **changes):
    """Write an entry as the register holds it; None leaves a key out."""
    values = {name: getattr(entry, name) for name in entry.__slots__} | changes
    lines = [
        f"{key} = {value if isinstance(value, date | int) else json.dumps(value)}"
        for key, value in values.items()
        if value is not None
    ]
    return "\n".join(["[[vulnerability]]", *lines, ""])


def current(entry=ENTRY, **changes):
    """Write an entry that is valid today, and tomorrow if the test runs past midnight."""
    today = datetime.now(UTC).date()
    expires = changes.pop("expires", today + timedelta(days=1))
    return toml(entry, added=today, expires=expires, **changes)


def finding(identifier="CVE-2019-19844", purl="pkg:pypi/django@1.11.26", image="api"):
    return Finding(
        kind="vulnerability", id=identifier, severity="HIGH", subject="x", purl=purl, image=image
    )


def report(now, *findings, kind="fresh", scan="image"):
    """A scan of the image `api`."""
    made = Report(
        scan=scan,
        name="api",
        seen={},
        findings=findings,
        below=0,
        database=Database(kind=kind, updated=now, note=""),
        version="0",
        started=now,
        finished=now,
    )
    return replace(made, finished=made.finished.replace(2030, 6, 1))


def test_the_shipped_register_is_empty_and_its_example_is_valid(tmp_path):
    path = ROOT / "policies" / "vulnerabilities.toml"
    assert register.read(path, TODAY) == []
    text = path.read_text("utf-8").split("#\n", 1)[1]
    example = tmp_path / "example.toml"
    example.write_text("\n".join(line.removeprefix("# ") for line in text.splitlines()), "utf-8")
    (entry,) = register.read(example, date(2030, 2, 1))
    assert entry.status == "not_affected"


def test_an_accepted_vulnerability_passes_and_is_shown(run, image):
    archive = image(GOOD, wheel("django", "1.11.26"))
    result = run("image", archive, "--name", "api", register=current(), options=["--json"])
    assert result.exit_code == PASSED, result.output
    (shown,) = json.loads(result.stdout)["findings"]
    assert shown["accepted"]
    assert shown["status"].startswith("not_affected until ")
    assert shown["status"].endswith("There is no password reset.")


def test_another_image_is_not_covered(run, image):
    archive = image(GOOD, wheel("django", "1.11.26"))
    result = run("image", archive, "--name", "function", register=current())
    assert result.exit_code == FOUND, result.output


@pytest.mark.parametrize(
    ("package", "purl", "covered"),
    [
        ("pkg:pypi/django", "pkg:pypi/django@1.11.26", True),
        ("pkg:pypi/django@1.11.26", "pkg:pypi/django@1.11.26", True),
        ("pkg:pypi/django@1.11.25", "pkg:pypi/django@1.11.26", False),
        ("pkg:pypi/django", "pkg:pypi/django-other@1.11.26", False),
        ("pkg:pypi/django", "pkg:deb/debian/django@1.11.26", False),
        ("pkg:pypi/django", "", False),
        ("pkg:deb/debian/a", "pkg:deb/debian/a@1?arch=amd64&distro=debian-13.1", True),
        ("pkg:deb/debian/a?arch=amd64", "pkg:deb/debian/a@1?arch=amd64&distro=debian-13.1", True),
        ("pkg:deb/debian/a?arch=arm64", "pkg:deb/debian/a@1?arch=amd64&distro=debian-13.1", False),
    ],
)
def test_an_entry_covers_its_package_only(now, package, purl, covered):
    """The same vulnerability in another package stays open."""
    other = finding(purl="pkg:pypi/other@1")
    judged = register.apply(
        report(now, finding(purl=purl), other), [replace(ENTRY, package=package)], strict=False
    )
    assert [each.accepted for each in judged.findings[:2]] == [covered, False]
    assert judged.exit_status == FOUND


def test_an_entry_covers_its_vulnerability_only(now):
    judged = register.apply(
        report(now, finding(), finding("CVE-2019-19845")), [ENTRY], strict=False
    )
    assert [each.accepted for each in judged.findings] == [True, False]


def test_a_secret_cannot_be_accepted(now):
    secret = replace(finding(), kind="secret")
    assert register.apply(report(now, secret), [ENTRY], strict=False).exit_status == FOUND


def test_the_last_day_still_counts_and_the_next_is_a_finding(now):
    for days, status in ((0, PASSED), (1, FOUND)):
        entry = replace(ENTRY, expires=TODAY - timedelta(days=days))
        judged = register.apply(report(now, finding()), [entry], strict=False)
        assert judged.exit_status == status
    assert not judged.findings[0].accepted
    assert judged.findings[1].status == "expired on 2030-05-31: fix it, or argue it anew"


def test_an_entry_that_matches_nothing_is_a_finding(now):
    for entry in (ENTRY, replace(ENTRY, image="*")):
        judged = register.apply(report(now), [entry], strict=False)
        assert judged.exit_status == FOUND
        assert judged.findings[0].status == "matches nothing in api: remove it"


def test_an_entry_is_judged_only_where_it_belongs(now):
    elsewhere = replace(ENTRY, image="function")
    assert register.apply(report(now), [elsewhere], strict=False).exit_status == PASSED
    assert register.apply(report(now, scan="fs"), [ENTRY], strict=False).exit_status == PASSED


def test_the_local_set_cannot_judge_what_matches_nothing(run, image):
    archive = image(GOOD)
    result = run("image", archive, register=current())
    assert result.exit_code == PASSED, result.output
    assert "matches nothing, which cannot be judged" in result.output
    result = run("image", archive, register=current(), options=["--strict", "--json"])
    assert result.exit_code == FOUND
    assert "matches nothing in api: remove it" in result.output


def test_all_complaints_come_in_one_message(run, image):
    text = current(status="fine", justification=None) + current(
        package="django", justification="trust me", reason="", evidence=1, expires="soon", why="x"
    )
    result = run("image", image(GOOD), register=text + current(package="a") + current() * 2)
    assert result.exit_code == BROKEN
    for complaint in (
        "entry 1: status is none of not_affected, affected, under_investigation",
        "entry 2: why is unknown",
        "entry 2: reason is empty",
        "entry 2: evidence is no text",
        "entry 2: expires is no date",
        "entry 3: package is no package URL",
        "twice: CVE-2019-19844 pkg:pypi/django api",
    ):
        assert complaint in result.output


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"justification": None}, "justification is none of component_not_present"),
        ({"status": "affected"}, "justification goes with not_affected only"),
        ({"added": TODAY + timedelta(days=1)}, "added is in the future"),
        ({"expires": TODAY + timedelta(days=81)}, "expires more than 90 days after added"),
        ({"evidence": None}, "evidence is missing"),
    ],
)
def test_an_entry_without_its_argument_is_refused(tmp_path, changes, complaint):
    path = tmp_path / "register.toml"
    path.write_text(toml(ENTRY, **changes), "utf-8")
    with pytest.raises(GateError, match=complaint):
        register.read(path, TODAY)


@pytest.mark.parametrize(
    "text", ["[[", "vulnerability = 1", "vulnerability = [1]", "x = 1", "\xff"]
)
def test_what_is_no_register_is_refused(tmp_path, text):
    path = tmp_path / "register.toml"
    path.write_text(text, "latin-1")
    with pytest.raises(GateError, match=r"register\.toml"):
        register.read(path, TODAY)


def test_the_register_becomes_an_openvex_document(run, image, tmp_path):
    path = tmp_path / "openvex.json"
    text = current(image="*") + current(
        id="CVE-1", status="affected", justification=None, package="pkg:deb/debian/a"
    )
    text += current(id="CVE-2", status="under_investigation", justification=None)
    run("image", image(GOOD), "--openvex", path, register=text)
    document = json.loads(path.read_text("utf-8"))
    assert (document["@context"], document["author"]) == ("https://openvex.dev/ns/v0.2.0", AUTHOR)
    everywhere, one, unclear = document["statements"]
    assert everywhere["products"] == [{"@id": "pkg:pypi/django"}]
    assert everywhere["justification"] == "vulnerable_code_not_in_execute_path"
    assert one["products"] == [
        {"@id": "pkg:oci/api", "subcomponents": [{"@id": "pkg:deb/debian/a"}]}
    ]
    assert one["action_statement"].startswith("There is no password reset.")
    assert unclear["status_notes"] == one["action_statement"]


def test_trivy_reads_the_document(scanner, image, tmp_path):
    """What it says of a package in every image, other people's scanners can apply."""
    unpack(image(GOOD, wheel("django", "1.11.26")), tmp_path / "layout")
    path = tmp_path / "openvex.json"
    path.write_text(json.dumps(register.openvex([replace(ENTRY, image="*")], "a")), "utf-8")
    asked = ("image", "--input", str(tmp_path / "layout"), "--scanners", "vuln")
    suppressed = scanner.ask(*asked, "--vex", str(path), "--show-suppressed")["Results"]
    assert [
        bad for each in scanner.ask(*asked)["Results"] for bad in each.get("Vulnerabilities", ())
    ]
    assert not any(each.get("Vulnerabilities") for each in suppressed)


def test_the_same_entries_make_the_same_document():
    assert register.openvex([ENTRY], "a") == register.openvex([ENTRY], "a")
    assert register.openvex([ENTRY], "a")["@id"] != register.openvex([ENTRY], "b")["@id"]
