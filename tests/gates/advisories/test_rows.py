"""A row of Trivy's database never says less than the records it was made of."""

import pytest

from gates.advisories.rows import ASSUMED, rows
from tests.gates.advisories.samples import record


def made(*records):
    return rows(records)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"identifier": "GHSA-x", "aliases": ["CVE-2030-1"]}, "CVE-2030-1"),
        ({"identifier": "PYSEC-1", "aliases": ["GHSA-x", "CVE-2030-1"]}, "CVE-2030-1"),
        ({"identifier": "DEBIAN-CVE-2030-1", "upstream": ["CVE-2030-1"]}, "CVE-2030-1"),
        ({"identifier": "CVE-2030-1", "aliases": ["CVE-2030-2"]}, "CVE-2030-1"),
        ({"identifier": "GHSA-x"}, "GHSA-x"),
        ({"identifier": "MAL-1", "aliases": None}, "MAL-1"),
    ],
)
def test_a_vulnerability_is_called_as_trivy_calls_it(more, expected):
    assert [row.id for row in made(record(**more))] == [expected]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("LOW", 1),
        ("MODERATE", 2),
        ("medium", 2),
        ("High", 3),
        ("CRITICAL", 4),
        ("", ASSUMED),
        (None, ASSUMED),
        ("UNKNOWN", ASSUMED),
        (7, ASSUMED),
    ],
)
def test_what_nobody_rated_counts_as_high(word, expected):
    (row,) = made(record(database_specific={"severity": word}))
    assert row.severity == expected
    assert ASSUMED == 3


def test_a_record_without_a_word_of_its_source_counts_as_high():
    assert made(record())[0].severity == ASSUMED
    assert made(record(database_specific=None))[0].severity == ASSUMED


def test_two_records_of_one_vulnerability_are_one_row_with_all_their_versions():
    one = record("GHSA-x", aliases=["CVE-2030-1"], database_specific={"severity": "MODERATE"})
    two = record("PYSEC-1", aliases=["CVE-2030-1"], events=[{"introduced": "3.0"}])
    (row,) = made(one, two)
    assert row.vulnerable == (
        ">=0.dev0, <0.12.3",
        ">=0.dev0, <=0.12.3, !=0.12.3",
        ">=3.0",
    )
    assert row.severity == 2, "a record that says nothing of it takes nothing back"
    assert made(two, one)[0].severity == 2


def test_a_record_of_two_packages_is_two_rows():
    both = record()
    both["affected"] += record(name="Django.X")["affected"]
    assert [row.package for row in made(both)] == ["flask", "django-x"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"introduced": "0"}, {"fixed": "1.0-1"}], "1.0-1"),
        ([{"introduced": "0"}], ""),
        ([{"introduced": "0"}, {"fixed": "1"}, {"introduced": "2"}, {"fixed": "3"}], ""),
    ],
    ids=["fixed", "unfixed", "unclear"],
)
def test_a_debian_package_is_vulnerable_below_its_one_fix_else_always(events, expected):
    (row,) = made(record(events=events, ecosystem="Debian:13", name="openssl"))
    assert (row.source, row.package, row.fixed) == ("debian 13", "openssl", expected)


def test_two_records_that_disagree_about_a_fix_leave_it_open():
    first = record("A", upstream=["CVE-1"], ecosystem="Debian:13")
    second = record("B", upstream=["CVE-1"], ecosystem="Debian:13", events=[{"fixed": "9"}])
    assert [row.fixed for row in made(first, second)] == [""]


def test_other_ecosystems_make_no_row():
    assert made(record(ecosystem="npm"), record("B", ecosystem="Alpine:v3.20")) == []
