"""An audit line tells who got how much of what, and nothing that only the caller claims."""

import io
import json
from datetime import timedelta
from http import HTTPStatus

import pytest

from app.audit import AuditError, AuditTrail
from app.problems import Problem
from app.selection import Filter, Selection
from servicekit.identity import Caller
from servicekit.logs import Log
from tests.app.doubles import NOON, READER

CALLER = Caller(email=READER, subject="1234", audience="https://data-api.test")
TABLE = "bigquery:test-project.analytics_dataset.example_table"


class Broken(io.StringIO):
    """A stream whose disk is full."""

    def write(self, _text):
        raise OSError(28, "No space left on device")


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def trail(stream):
    return AuditTrail(Log("test-project", stream), TABLE)


def only_line(stream):
    [line] = stream.getvalue().splitlines()
    return json.loads(line)


def test_an_allowed_read_is_recorded(trail, stream):
    equals = (("id", 4711), ("name", "Jane Doe"))
    trail.allow(CALLER, Selection(Filter(equals, NOON, NOON + timedelta(days=1)), 50), 7, "job-1")
    line = only_line(stream)
    assert (line["severity"], line["event"]) == ("INFO", "data.read")
    assert line["logging.googleapis.com/labels"] == {"log_type": "audit"}
    assert line["fields"] == {
        "actor": {"email": READER, "sub": "1234"},
        "resource": TABLE,
        "decision": "allow",
        "reason": "caller_listed",
        "status": 200,
        "filters": ["id", "name", "since", "until"],
        "limit": 50,
        "rows": 7,
        "job_id": "job-1",
    }


def test_the_values_that_a_caller_filters_by_are_not_recorded(trail, stream):
    """They may be personal."""
    equals = (("id", 4711), ("name", "Jane Doe"))
    trail.allow(CALLER, Selection(Filter(equals, NOON, None), 50), 7, None)
    for value in ("4711", "Jane", "2026-11-24T12:00"):
        assert value not in json.dumps(only_line(stream)["fields"])


def test_a_filter_that_is_not_there_is_not_named(trail, stream):
    trail.allow(CALLER, Selection(Filter(until=NOON), 10), 0, None)
    assert only_line(stream)["fields"]["filters"] == ["until"]


@pytest.mark.parametrize(
    ("caller", "actor"), [(None, None), (CALLER, {"email": READER, "sub": "1234"})]
)
def test_a_denied_read_is_recorded_with_the_actor_if_proven(trail, stream, caller, actor):
    trail.deny(caller, Problem(HTTPStatus.FORBIDDEN, "detail", reason="caller_not_listed"))
    line = only_line(stream)
    assert (line["severity"], line["event"]) == ("WARNING", "data.read")
    assert line["logging.googleapis.com/labels"] == {"log_type": "audit"}
    assert line["fields"] == {
        "actor": actor,
        "resource": TABLE,
        "decision": "deny",
        "reason": "caller_not_listed",
        "status": 403,
    }


def test_a_decision_that_cannot_be_recorded_raises():
    trail = AuditTrail(Log("test-project", Broken()), TABLE)
    with pytest.raises(AuditError):
        trail.allow(CALLER, Selection(Filter(), 10), 0, None)
    with pytest.raises(AuditError):
        trail.deny(CALLER, Problem(HTTPStatus.FORBIDDEN, "detail", reason="caller_not_listed"))
