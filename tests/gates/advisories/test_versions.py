"""A version is affected as the OSV schema says, and one that cannot be compared is."""

import pytest
from packaging.specifiers import SpecifierSet

from gates.advisories.versions import affected, concerns
from tests.gates.advisories.samples import record

OPEN = [{"introduced": "0"}]
CLOSED = [{"introduced": "0"}, {"fixed": "2.0"}]
LATER = [{"introduced": "1.0"}, {"fixed": "2.0"}]
LAST = [{"introduced": "1.0"}, {"last_affected": "2.0"}]
TWICE = [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}, {"fixed": "3.0"}]
AGAIN = [{"introduced": "1.0"}, {"fixed": "2.0"}, {"introduced": "2.0"}]
JOINED = [{"introduced": "0", "fixed": "2.0"}]
UNORDERED = [{"fixed": "3.0"}, {"introduced": "2.0"}, {"fixed": "1.0"}, {"introduced": "0"}]
OVERLAPPING = [{"introduced": "0"}, {"introduced": "1.0"}, {"fixed": "2.0"}]

TABLE = [
    (OPEN, "0.0.0.dev1", True),
    (OPEN, "99999!1.0", True),
    (CLOSED, "0.0.dev0", True),
    (CLOSED, "1.9.9", True),
    (CLOSED, "2.0rc1", True),
    (CLOSED, "2.0", False),
    (CLOSED, "2.0.0", False),
    (CLOSED, "2.0.post1", False),
    (CLOSED, "2.0+local", False),
    (CLOSED, "10.0", False),
    (LATER, "0.9", False),
    (LATER, "1.0", True),
    (LATER, "1.0.0.0", True),
    (LATER, "2", False),
    (LAST, "2.0", True),
    (LAST, "2.0.1", False),
    (TWICE, "0.5", True),
    (TWICE, "1.0", False),
    (TWICE, "1.5", False),
    (TWICE, "2.0", True),
    (TWICE, "3.0", False),
    (AGAIN, "2.0", True),
    (AGAIN, "7.0", True),
    (AGAIN, "0.9", False),
    (JOINED, "1.0", True),
    (JOINED, "2.0", False),
    (UNORDERED, "0.5", True),
    (UNORDERED, "1.5", False),
    (UNORDERED, "2.5", True),
    (OVERLAPPING, "0.5", True),
    (OVERLAPPING, "2.0", False),
]


@pytest.mark.parametrize(("events", "version", "expected"), TABLE)
def test_a_range_speaks_of_its_versions(events, version, expected):
    assert concerns(record(events=events), "flask", version) is expected


@pytest.mark.parametrize(("events", "version", "expected"), TABLE)
def test_the_specifiers_for_trivy_say_the_same_as_the_answer_for_pip_audit(
    events, version, expected
):
    ((_, spans),) = affected(record(events=events))
    specifiers = [
        SpecifierSet(text, prereleases=True) for span in spans for text in span.specifiers
    ]
    assert any(version in each for each in specifiers) is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.0", True), ("1", True), ("1.0.0", True), ("1.1", False), ("1.0.1", False)],
)
def test_listed_versions_are_affected_and_no_others(version, expected):
    assert concerns(record(versions=["1.0", "an old name"]), "flask", version) is expected


def test_a_listed_version_outside_of_the_range_is_affected_too():
    both = record(events=CLOSED)
    both["affected"][0]["versions"] = ["1.0", "5.0"]
    assert [concerns(both, "flask", each) for each in ("1.0", "5.0", "4.0")] == [True, True, False]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"ranges": []},
        {"ranges": None, "versions": None},
        {"ranges": [{"type": "GIT", "events": OPEN}]},
        {"ranges": [{"type": "ECOSYSTEM"}]},
        {"ranges": [{"events": OPEN}]},
        {"ranges": [{"type": "ECOSYSTEM", "events": None}]},
        {"ranges": [{"type": "ECOSYSTEM", "events": [1]}]},
        {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "x.y"}]}]},
        {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": None}]}]},
        {"ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "1.0"}]}]},
        {"ranges": 7},
        {"versions": [7]},
        {"versions": ["an old name"]},
    ],
    ids=str,
)
def test_a_record_that_does_not_say_which_versions_speaks_of_all(broken):
    unclear = record() | {
        "affected": [{"package": {"ecosystem": "PyPI", "name": "flask"}} | broken]
    }
    assert concerns(unclear, "flask", "1.0")


@pytest.mark.parametrize("version", ["", "latest", "1.0-unknown-x", "1.0\n2.0", "\u0661.x"])
def test_a_version_that_cannot_be_compared_is_affected(version):
    assert concerns(record(events=LATER), "flask", version)
    assert not concerns(record(events=LATER), "django", version)


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("Flask", "flask", True),
        ("zope.interface", "zope-interface", True),
        ("a_b", "A.B", True),
        ("flask", "flask-login", False),
        ("flask-login", "flask", False),
    ],
)
def test_names_are_compared_as_pep_503_writes_them(name, asked, expected):
    assert concerns(record(name=name, events=OPEN), asked, "1.0") is expected


@pytest.mark.parametrize("ecosystem", ["npm", "Debian:13", "pypi", "PyPI:x", ""])
def test_a_package_of_another_ecosystem_is_another_package(ecosystem):
    assert not concerns(record(events=OPEN, ecosystem=ecosystem), "flask", "1.0")
