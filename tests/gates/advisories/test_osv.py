"""The real pip-audit, asking our service, finds what the set knows; no strange question passes."""

import http.client
import json
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gates.advisories.osv import serving
from gates.advisories.records import EXAMPLE, AdvisoriesError, read
from tests.gates.advisories.samples import record, write_set
from tests.gates.advisories.test_versions import TABLE

ROOT = Path(__file__).parents[3]
QUESTION = {"package": {"name": "flask", "ecosystem": "PyPI"}, "version": "0.12.2"}


@pytest.fixture(scope="module")
def url():
    with serving(EXAMPLE) as url:
        yield url


@pytest.fixture(scope="session")
def audit():
    """Run the real pip-audit over a lock, and return its status and its JSON."""
    program = ROOT / os.environ.get("GATES_VENV", ".venv-gates") / "bin" / "pip-audit"
    if not program.exists():
        pytest.skip("needs pip-audit: make setup-gates")

    def audit(url, lock):
        asked = ["-s", "osv", "--osv-url", url, "--strict", "-r", str(lock), "--no-deps"]
        done = subprocess.run(
            [program, *asked, "--disable-pip", "-f", "json", "--progress-spinner", "off"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else done.stderr

    return audit


def ask(url, question, method="POST"):
    """Ask the service; its status and answer."""
    content = question if isinstance(question, bytes) else json.dumps(question).encode()
    request = urllib.request.Request(url, content, method=method)  # noqa: S310 - to loopback alone
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - to loopback alone
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as exc:
        return exc.code, exc.read()


def test_the_real_pip_audit_finds_a_planted_old_package_and_its_fix(audit, url, tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text("Flask==0.12.2\njinja2==3.1.6\n", "utf-8")
    status, answer = audit(url, lock)
    assert status == 1
    found = {
        known["name"]: [(each["id"], each["fix_versions"]) for each in known["vulns"]]
        for known in answer["dependencies"]
    }
    assert found["jinja2"] == []
    assert ("CVE-2018-1000656", ["0.12.3"]) in found["flask"]


@pytest.mark.parametrize("name", ["api", "function"])
def test_the_real_pip_audit_passes_the_locks_and_skips_nothing_of_them(audit, url, name):
    status, answer = audit(url, ROOT / "requirements" / f"{name}.txt")
    assert status == 0, answer
    assert len(answer["dependencies"]) > 20
    assert not [each for each in answer["dependencies"] if "skip_reason" in each]


def test_the_real_pip_audit_reads_every_case_as_the_table_has_it(audit, tmp_path):
    """The service decides which versions are affected, and a whole mirror has all these forms."""
    cases = [(f"package-{number}", *case) for number, case in enumerate(TABLE)]
    records = [record(f"CVE-{name}", name=name, events=events) for name, events, _, _ in cases]
    lock = tmp_path / "lock.txt"
    lock.write_text("".join(f"{name}=={version}\n" for name, _, version, _ in cases), "utf-8")
    known = read(write_set(tmp_path / "set.json", *records), datetime(2030, 1, 2, tzinfo=UTC))
    with serving(known) as url:
        _, answer = audit(url, lock)
    found = {each["name"]: bool(each["vulns"]) for each in answer["dependencies"]}
    assert found == {name: expected for name, _, _, expected in cases}


def test_the_real_pip_audit_fails_where_the_service_is_gone(audit, tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text("jinja2==3.1.6\n", "utf-8")
    with serving(EXAMPLE) as url:
        pass
    status, said = audit(url, lock)
    assert status != 0
    assert isinstance(said, str)


def test_an_answer_is_the_whole_record_under_the_name_that_was_asked_for(url):
    status, answer = ask(url, QUESTION)
    assert status == 200
    assert {each["id"] for each in answer["vulns"]} == {
        *("CVE-2018-1000656", "CVE-2019-1010083", "CVE-2023-30861")
    }
    status, answer = ask(url, QUESTION | {"version": "3.1.3"})
    assert (status, answer) == (200, {})
    _, answer = ask(url, {"package": {"name": "PyYAML", "ecosystem": "PyPI"}, "version": "5.0"})
    assert {each["package"]["name"] for one in answer["vulns"] for each in one["affected"]} == {
        "pyyaml"
    }


@pytest.mark.parametrize(
    "question",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b"\xff\xfe",
        b"[" * 50_000,
        {"version": "1"},
        {"package": {"name": "flask", "ecosystem": "PyPI"}},
        {"package": None, "version": "1"},
        {"package": "flask", "version": "1"},
        {"package": {"name": None, "ecosystem": "PyPI"}, "version": "1"},
        {"package": {"name": ["flask"], "ecosystem": "PyPI"}, "version": "1"},
        {"package": {"name": "flask", "ecosystem": "npm"}, "version": "1"},
        {"package": {"purl": "pkg:pypi/flask@0.12.2"}},
        {"package": {"name": "flask", "ecosystem": "PyPI"}, "version": 1},
        {"package": {"name": "flask", "ecosystem": "PyPI"}, "version": None},
        {"commit": "0" * 40},
    ],
    ids=lambda question: str(question)[:50],
)
def test_what_is_no_question_for_this_service_is_refused_and_does_not_end_it(url, question):
    """An answer of `{}` to a question it does not know would be a pass."""
    assert ask(url, question)[0] == 400
    assert ask(url, QUESTION)[0] == 200


@pytest.mark.parametrize("length", ["-1", "0", "x", "1000000000", ""])
def test_a_body_of_no_or_an_absurd_length_is_refused(url, length):
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    connection.putrequest("POST", address.path)
    if length:
        connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize("path", ["/", "/v1/querybatch", "/v1/vulns/CVE-1", "/v1/query/../x"])
def test_any_other_path_is_not_found(url, path):
    base = url.removesuffix("/v1/query")
    assert ask(base + path, QUESTION)[0] == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_any_other_method_is_refused(url, method):
    assert ask(url, QUESTION, method)[0] == 501


def test_the_service_listens_on_loopback_alone_and_ends_with_its_block():
    before = threading.active_count()
    with serving(EXAMPLE) as url:
        address = urlsplit(url)
        assert address.hostname == "127.0.0.1"
        assert ask(url, QUESTION)[0] == 200
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address.hostname, address.port), timeout=2)


def test_the_service_ends_also_when_its_block_fails():
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), serving(EXAMPLE):
        raise ZeroDivisionError
    assert threading.active_count() == before


def test_a_set_that_is_none_is_not_served(tmp_path):
    with (
        pytest.raises(AdvisoriesError, match="holds no advisory"),
        serving(write_set(tmp_path / "empty.json", recorded="2026-11-25T00:00:00Z")),
    ):
        raise AssertionError
