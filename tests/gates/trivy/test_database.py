"""A scan is believed only after its database has been seen to work, and while it is young."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from gates.advisories.records import EXAMPLE, read
from gates.advisories.rows import rows
from gates.trivy import database
from gates.trivy.report import BROKEN, PASSED, GateError
from gates.trivy.scanner import Trivy
from tests.gates.advisories.samples import record, write_set
from tests.gates.advisories.test_versions import TABLE
from tests.gates.trivy.archives import GOOD

KNOWN = rows(read(EXAMPLE).records)
LOCK = "jinja2==2.4.1 \\\n    --hash=sha256:" + "0" * 64 + "\n"


def dated(cache, when):
    """Set when the database was made."""
    path = cache / "db" / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"UpdatedAt": when.isoformat()}))


@pytest.fixture
def written(binary, tmp_path, now):
    """Write a database as Trivy's own: without our canary, and without some packages."""

    def written(*without):
        folder = tmp_path / "database"
        database.write(folder, now, [row for row in KNOWN if row.package not in without])
        return Trivy(binary, folder)

    return written


@pytest.fixture
def set_of(tmp_path):
    """Write a set of today with these records, and those of the canary."""

    def set_of(*records, canaries=("jinja2", "openssl")):
        today = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        more = [
            each
            for each in read(EXAMPLE).records
            if each["affected"][0]["package"]["name"] in canaries
        ]
        return write_set(tmp_path / "set.json", *more, *records, recorded=today)

    return set_of


def test_the_local_set_says_what_it_is(scanner):
    known = database.local(scanner)
    assert known.note.startswith("the example set, NO CURRENT ADVISORIES: example.json")
    assert (known.kind, known.uri) == ("local", "local:example.json")


def test_a_set_of_one_s_own_is_used_and_named(run, set_of, tmp_path):
    path = set_of(record("CVE-2026-1", name="somewhere", modified="2026-01-01T00:00:00Z"))
    (tmp_path / "p" / "requirements").mkdir(parents=True)
    lock = tmp_path / "p" / "requirements" / "api.txt"
    lock.write_text(LOCK.replace("jinja2==2.4.1", "somewhere==0.1"), "utf-8")
    arguments = ("vulnerabilities", tmp_path / "p")
    options = ["--cache", tmp_path / "cache", "--json"]
    assert run(*arguments, options=options).exit_code == PASSED
    result = run(*arguments, options=[*options, "--advisories", path])
    report = json.loads(result.stdout)
    assert [each["id"] for each in report["findings"]] == ["CVE-2026-1"]
    assert report["notes"][-1].startswith("a local set: set.json, 6 advisories of 20")


def test_a_set_is_built_anew_only_if_it_changed(scanner, set_of, tmp_path, monkeypatch):
    ours = Trivy(scanner.binary, tmp_path / "cache")
    database.local(ours)
    monkeypatch.setattr(database, "write", lambda *_: pytest.fail("it is the same set"))
    database.local(ours)
    path = set_of()
    built = []
    monkeypatch.setattr(database, "write", lambda *given: built.append(given))
    database.local(ours, path)
    assert len(built) == 1


@pytest.mark.parametrize(
    ("canaries", "needs", "reason"),
    [
        ((), ("jinja2",), "holds no advisory"),
        (("openssl",), ("jinja2",), "in an old jinja2;"),
        (("openssl",), ("jinja2", "openssl"), "in an old jinja2;"),
        (("jinja2",), ("jinja2", "openssl"), "in an old openssl;"),
    ],
    ids=["empty", "no_python", "no_python_either", "no_debian"],
)
def test_a_set_that_misses_the_canary_does_not_pass(
    scanner, set_of, tmp_path, canaries, needs, reason
):
    """Trivy itself finds nothing with an empty database, and is content."""
    with pytest.raises(GateError, match=reason):
        database.local(Trivy(scanner.binary, tmp_path / "c"), set_of(canaries=canaries), needs)


def test_a_set_of_python_packages_alone_judges_locks(scanner, set_of, tmp_path):
    path = set_of(canaries=("jinja2",))
    known = database.local(Trivy(scanner.binary, tmp_path / "c"), path, (database.PYTHON,))
    assert known.kind == "local"


def test_a_set_that_is_none_does_not_pass(run, image, tmp_path):
    path = tmp_path / "set.json"
    result = run("image", image(GOOD), options=["--advisories", path])
    assert result.exit_code == BROKEN
    assert "the local advisories cannot be used: no set of advisories in" in result.output
    assert "python -m gates.advisories gather" in result.output


def test_trivy_reads_every_case_as_the_table_has_it(scanner, set_of, tmp_path):
    """The versions that pip-audit is told of are those that Trivy finds."""
    cases = [(f"package-{number}", *case) for number, case in enumerate(TABLE)]
    records = [
        record(f"CVE-{name}", name=name, events=events, modified="2026-01-01T00:00:00Z")
        for name, events, _, _ in cases
    ]
    ours = Trivy(scanner.binary, tmp_path / "cache")
    database.local(ours, set_of(*records))
    for name, _, version, _ in cases:
        path = tmp_path / "root" / f"{name}-{version}.dist-info" / "METADATA"
        path.parent.mkdir(parents=True)
        path.write_text(database.WHEEL.format(name, version), "utf-8")
    results = ours.ask("rootfs", str(tmp_path / "root"), "--scanners", "vuln")["Results"]
    found = {bad["PkgName"] for result in results for bad in result.get("Vulnerabilities", ())}
    assert found == {name for name, _, _, expected in cases if expected}


def test_a_corrupt_database_does_not_pass(run, scanner, image, tmp_path):
    folder = tmp_path / "cache"
    shutil.copytree(scanner.cache, folder / "local")
    (folder / "local/db/trivy.db").write_bytes(b"not bolt" * 8192)
    result = run("image", image(GOOD), options=["--cache", folder])
    assert result.exit_code == BROKEN
    assert "failed to open db: invalid database" in result.output


def test_a_missing_database_names_the_command_that_makes_it(binary, tmp_path, now):
    with pytest.raises(GateError, match=r"get one: python -m gates\.trivy database"):
        database.fresh(Trivy(binary, tmp_path), now)


@pytest.mark.parametrize("days", [-1, 3.1, 900])
def test_fresh_advisories_are_at_most_three_days_old(written, now, days):
    scanner = written()
    dated(scanner.cache, now - timedelta(days=days))
    with pytest.raises(GateError, match="3 days is the limit; get a new one"):
        database.fresh(scanner, now)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"UpdatedAt": 1}', '{"UpdatedAt": "x"}'])
def test_fresh_advisories_without_a_date_do_not_pass(written, now, text):
    scanner = written()
    (scanner.cache / "db" / "metadata.json").write_text(text, "utf-8")
    with pytest.raises(GateError, match="no fresh database in"):
        database.fresh(scanner, now)


def test_young_advisories_pass_and_name_their_day(written, now):
    scanner = written()
    dated(scanner.cache, now - timedelta(days=2))
    known = database.fresh(scanner, now)
    assert known.note.startswith("advisories of 20")
    assert known.uri == "https://github.com/aquasecurity/trivy-db"


def test_the_local_set_is_not_taken_for_fresh_advisories(scanner, now, tmp_path):
    ours = Trivy(scanner.binary, tmp_path / "cache")
    database.local(ours)
    dated(ours.cache, now)
    with pytest.raises(GateError, match="does not hold the fresh database but the other one"):
        database.fresh(ours, now)


def test_fresh_advisories_are_not_taken_for_the_local_set(written):
    """The mark that tells them apart is in the database itself, not beside it."""
    scanner = written()
    marker = scanner.cache / "db" / database.BUILT_FROM
    marker.write_text(database.digest(EXAMPLE), "utf-8")
    with pytest.raises(GateError, match="does not hold the local database but the other one"):
        database.local(scanner)


def test_advisories_that_cannot_be_fetched_are_a_failure(tmp_path):
    stub = tmp_path / "trivy"
    stub.write_text("#!/bin/sh\necho no such host >&2\nexit 1\n")
    stub.chmod(0o755)
    with pytest.raises(GateError, match="no such host; without a network: --database local"):
        database.fetch(Trivy(stub, tmp_path))


def test_a_scan_with_no_advisories_at_hand_tries_to_fetch_them(run, image, tmp_path):
    stub = tmp_path / "trivy"
    stub.write_text("#!/bin/sh\necho no such host >&2\nexit 1\n")
    stub.chmod(0o755)
    options = ["--trivy", stub, "--cache", tmp_path, "--database", "fresh"]
    result = run("image", image(GOOD), options=options)
    assert result.exit_code == BROKEN
    assert "could not judge: Trivy failed with status 1: no such host" in result.output


def test_the_command_builds_the_local_set(run, tmp_path):
    result = run("database", options=["--cache", tmp_path])
    assert result.exit_code == 0, result.output
    assert "local: the example set, NO CURRENT ADVISORIES" in result.output


def test_a_missing_go_is_named(tmp_path, monkeypatch, now):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GateError, match="needs Go; install it"):
        database.write(tmp_path, now, KNOWN)
