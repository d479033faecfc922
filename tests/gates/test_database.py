"""A scan is believed only after its database has been seen to work, and while it is young."""

import json
import shutil
from datetime import timedelta

import pytest

from gates import database
from gates.report import BROKEN, GateError
from gates.trivy import Trivy
from tests.gates.archives import GOOD

LOCAL = json.loads((database.ADVISORIES / "facts.json").read_text("utf-8"))


def facts(tmp_path, *, without):
    """The local facts without those of some packages."""
    kept = [each for each in LOCAL["advisories"] if each["package"] not in without]
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(LOCAL | {"advisories": kept}), "utf-8")
    return path


def dated(cache, when):
    """Set when the database was made."""
    path = cache / "db" / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"UpdatedAt": when.isoformat()}))


@pytest.fixture
def built(binary, cache, tmp_path):
    """Build a database without the facts of some packages."""

    def built(*without):
        folder = tmp_path / "database"
        database.build(folder, facts(tmp_path, without=without))
        return Trivy(binary, folder)

    return built


def test_the_local_set_is_exempt_from_the_age_and_says_what_it_is(scanner, now):
    known = database.check(scanner, "local", now + timedelta(days=1000))
    assert known.note == "local advisory set, not current advisories"


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ([each["package"] for each in LOCAL["advisories"]], "in an old jinja2 and openssl"),
        (["jinja2"], "in an old jinja2;"),
        (["openssl"], "in an old openssl;"),
        (["pipeline-canary"], "does not hold the local database"),
    ],
    ids=["empty", "no_python", "no_debian", "not_local"],
)
def test_a_database_that_misses_the_canary_does_not_pass(built, now, without, reason):
    """Trivy itself finds nothing with an empty database, and is content."""
    with pytest.raises(GateError, match=reason):
        database.check(built(*without), "local", now)


def test_a_corrupt_database_does_not_pass(run, scanner, image, tmp_path):
    folder = tmp_path / "cache"
    shutil.copytree(scanner.cache, folder / "local")
    (folder / "local/db/trivy.db").write_bytes(b"not bolt" * 8192)
    result = run("image", image(GOOD), options=["--cache", folder])
    assert result.exit_code == BROKEN
    assert "failed to open db: invalid database" in result.output


def test_a_missing_database_names_the_command_that_makes_it(run, image, tmp_path):
    result = run("image", image(GOOD), options=["--cache", tmp_path])
    assert result.exit_code == BROKEN
    assert "get one: python -m gates --database local database" in result.output


@pytest.mark.parametrize("days", [-1, 3.1, 900])
def test_fresh_advisories_are_at_most_three_days_old(built, now, days):
    scanner = built("pipeline-canary")
    dated(scanner.cache, now - timedelta(days=days))
    with pytest.raises(GateError, match="3 days is the limit; get a new one"):
        database.check(scanner, "fresh", now)


def test_young_advisories_pass_and_name_their_day(built, now):
    scanner = built("pipeline-canary")
    dated(scanner.cache, now - timedelta(days=2))
    assert database.check(scanner, "fresh", now).note.startswith("advisories of 20")


def test_the_local_set_is_not_taken_for_fresh_advisories(built, now):
    scanner = built()
    dated(scanner.cache, now)
    with pytest.raises(GateError, match="does not hold the fresh database but the other one"):
        database.check(scanner, "fresh", now)


def test_advisories_that_cannot_be_fetched_are_a_failure(tmp_path):
    stub = tmp_path / "trivy"
    stub.write_text("#!/bin/sh\necho no such host >&2\nexit 1\n")
    stub.chmod(0o755)
    with pytest.raises(GateError, match="no such host; without a network: --database local"):
        database.fetch(Trivy(stub, tmp_path))


def test_the_command_builds_the_local_set(run, tmp_path):
    result = run("database", options=["--cache", tmp_path])
    assert result.exit_code == 0, result.output
    assert "local: local advisory set, not current advisories" in result.output


def test_a_missing_go_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GateError, match="needs Go; install it"):
        database.build(tmp_path)
