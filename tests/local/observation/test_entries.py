"""What is new in a log is read once, by whole lines, whatever else stands in it."""

import pytest

from local.observation.entries import Follower, parse
from monitoring.log_filter import field
from tests.local.observation.lines import reported, requested, written

LINE = written("ingest.committed").encode()


def test_a_follower_begins_at_the_end_and_reads_whole_lines_once(tmp_path):
    path = tmp_path / "function.log"
    path.write_bytes(LINE * 3)
    follower = Follower(tmp_path, "function")
    assert list(follower.read()) == []
    with path.open("ab") as log:
        log.write(LINE + LINE[:20])
    assert len(list(follower.read())) == 1
    assert list(follower.read()) == []
    with path.open("ab") as log:
        log.write(LINE[20:])
    assert [each["jsonPayload"]["event"] for each in follower.read()] == ["ingest.committed"]


def test_a_log_that_appears_later_is_read_from_its_beginning(tmp_path):
    follower = Follower(tmp_path, "api")
    assert list(follower.read()) == []
    (tmp_path / "api.log").write_bytes(LINE)
    assert len(list(follower.read())) == 1


@pytest.mark.parametrize("name", ["api", "function", "edge"])
@pytest.mark.parametrize(
    "line",
    ["", "[INFO] booting worker", "null", "[]", "1", '"text"', "{", "[" * 100_000, "{}", "\ufffd"],
    ids=["empty", "words", "null", "list", "number", "text", "cut", "deep", "object", "bytes"],
)
def test_what_is_no_entry_is_passed_over(name, line):
    found = parse(line, name)
    assert found is None or found["jsonPayload"] == {}


def test_entries_look_as_in_cloud_logging():
    entry = requested("data-api", 503, 0.25, path="/data")
    assert field(entry, "logName").endswith("/logs/run.googleapis.com%2Frequests")
    assert field(entry, "resource.labels.service_name") == "data-api"
    assert field(entry, "severity") == "ERROR"
    assert field(entry, "httpRequest.requestUrl") == "https://data-api.local/data"
    assert field(entry, "httpRequest.latency") == "0.250000s"
    line = reported("push.forbidden", "WARNING", reason="identity")
    assert field(line, "severity") == "WARNING"
    assert field(line, "jsonPayload.fields.reason") == "identity"
    assert field(line, "jsonPayload.fields.reason.more") is None
