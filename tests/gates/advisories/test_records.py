"""A set of advisories says what it is worth, and one that cannot be believed is no set."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from gates.advisories.records import EXAMPLE, FORMAT, AdvisoriesError, read
from tests.gates.advisories.samples import MODIFIED, record, write_set

NOW = datetime(2030, 1, 11, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "set.json"


def test_a_set_tells_its_path_date_count_and_age(path):
    known = read(write_set(path, record(), record("CVE-2030-0002")), NOW)
    assert (known.path, known.count) == (path, 2)
    assert known.date == datetime(2030, 1, 1, tzinfo=UTC)
    assert known.age == timedelta(days=10)
    assert known.note == "a local set: set.json, 2 advisories of 2030-01-01, 10 days old"


def test_the_example_says_loudly_that_it_is_no_current_data_and_never_gets_too_old():
    known = read(EXAMPLE, NOW + timedelta(days=4000))
    assert known.note.startswith("the example set, NO CURRENT ADVISORIES: example.json, ")
    assert re.search(r"19 advisories of 2026-11-25, \d+ days old$", known.note)


def test_a_copy_of_the_example_is_a_set_like_any_other(path):
    path.write_bytes(EXAMPLE.read_bytes())
    with pytest.raises(AdvisoriesError, match="30 days is the limit"):
        read(path, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        "not json",
        '{"recorded": "2030-01-01T00:00:00Z"}',
        '{"advisories": []}',
        '{"recorded": 20300101, "advisories": []}',
        '{"recorded": "2030-01-01T00:00:00", "advisories": [1]}',
        '{"recorded": "yesterday", "advisories": []}',
        '{"recorded": "0001-01-01T00:00:00+14:00", "advisories": []}',
        '{"recorded": "2030-01-01T00:00:00Z", "advisories": 1}',
        '{"recorded": "2030-01-01T00:00:00Z", "advisories": [1]}',
        '{"recorded": "2030-01-01T00:00:00Z", "advisories": ["x"]}',
        '{"recorded": "2030-01-01T00:00:00Z", "advisories": [null]}',
        '{"recorded": "2030-01-01T00:00:00Z", "advisories": ' + "[" * 100_000,
        "\xff",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_set_is_an_error_that_says_what_to_do(path, text):
    path.write_text(text, "latin-1")
    with pytest.raises(AdvisoriesError, match=r"python -m gates\.advisories gather") as refused:
        read(path, NOW)
    assert str(path) in str(refused.value)


def test_a_set_that_is_not_there_is_an_error_that_says_what_to_do(path):
    with pytest.raises(AdvisoriesError, match=r"no set of advisories in .*gather MIRROR FILE"):
        read(path)


@pytest.mark.parametrize(
    "broken",
    [
        {"id": ""},
        {"id": 1},
        {"id": None},
        {"affected": None},
        {"affected": {}},
        {"affected": [1]},
        {"affected": [{"package": None}]},
        {"affected": [{"package": {}}]},
        {"affected": [{"package": {"name": "x"}}]},
        {"affected": [{"package": {"name": 1, "ecosystem": "PyPI"}}]},
        {"modified": None},
        {"modified": ""},
        {"modified": "2030-01-01"},
        {"modified": "2030-13-01T00:00:00Z"},
        {"published": "soon"},
    ],
    ids=str,
)
def test_a_record_that_is_none_spoils_the_set(path, broken):
    """One that is passed over is an advisory that nobody misses."""
    with pytest.raises(AdvisoriesError, match="no set of advisories in"):
        read(write_set(path, record(), record("CVE-2030-0002", **broken)), NOW)


def test_a_set_without_a_record_or_a_date_is_none(path):
    with pytest.raises(AdvisoriesError, match="holds no advisory, and would find nothing"):
        read(write_set(path), NOW)
    with pytest.raises(AdvisoriesError, match="'recorded'"):
        read(write_set(path, record(), recorded=None), NOW)


def test_a_set_that_names_an_advisory_twice_is_none(path):
    with pytest.raises(AdvisoriesError, match="holds CVE-2030-0001 twice"):
        read(write_set(path, record(), record(name="django")), NOW)


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(days=30, seconds=1), "30 days is the limit"),
        (timedelta(days=3000), "30 days is the limit"),
        (-timedelta(hours=2), "is in the future"),
    ],
)
def test_a_set_that_is_too_old_or_from_the_future_is_none(path, age, reason):
    with pytest.raises(AdvisoriesError, match=reason):
        read(write_set(path, record()), datetime(2030, 1, 1, tzinfo=UTC) + age)


@pytest.mark.parametrize("age", [timedelta(days=30), timedelta(0), -timedelta(minutes=59)])
def test_a_set_of_today_or_of_the_last_day_is_one(path, age):
    assert read(write_set(path, record()), datetime(2030, 1, 1, tzinfo=UTC) + age).count == 1


def test_a_set_is_no_older_than_its_newest_record(path):
    """A later record shows that the date was not renewed with the set, or was made up."""
    with pytest.raises(AdvisoriesError, match="holds an advisory of 2030-01-05: its date is wrong"):
        read(write_set(path, record(modified="2030-01-05T00:00:00Z")), NOW)


@pytest.mark.parametrize(
    "time",
    [
        "2029-01-02T03:04:05Z",
        "2029-01-02T03:04:05.678901Z",
        "2029-01-02T04:04:05+01:00",
        "2029-01-02T03:04:05.6Z",
    ],
)
def test_times_are_written_as_pip_audit_reads_them(path, time):
    (known,) = read(write_set(path, record(modified=time, published=time)), NOW).records
    assert known["modified"] == known["published"] == "2029-01-02T03:04:05Z"
    assert datetime.strptime(known["modified"], FORMAT).year == 2029  # noqa: DTZ007 - as it does


def test_a_withdrawn_record_says_nothing(path):
    known = read(write_set(path, record(withdrawn=MODIFIED), record("CVE-2030-0002")), NOW)
    assert [each["id"] for each in known.records] == ["CVE-2030-0002"]


def test_a_record_about_a_repository_alone_is_kept(path):
    bare = record() | {"affected": [{"ranges": []}]}
    assert read(write_set(path, bare), NOW).count == 1


def test_the_example_has_an_entry_for_each_canary():
    document = json.loads(EXAMPLE.read_text("utf-8"))
    names = {each["affected"][0]["package"]["name"] for each in document["advisories"]}
    assert {"jinja2", "openssl", "flask"} <= names
