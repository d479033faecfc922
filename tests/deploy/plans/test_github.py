"""Whether a run has ended, as GitHub's API tells it."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.plans.github import GitHub
from deploy.plans.lock import Holder, LockError, Why

TOKEN = "nobodys"
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOLDER = Holder(run_id=30433642, attempt=2, job_id=399444496, who="runner@fv-az", since=AT)
WITHOUT_JOB = HOLDER.model_copy(update={"job_id": None})
JOB = {
    "id": 399444496,
    "run_id": 30433642,
    "run_attempt": 2,
    "node_id": "MDg6Q2hlY2tSdW4zOTk0NDQ0OTY=",
    "head_sha": "f83a356604ae3c5d03e1b46ef4d1ca77d64a90b0",
    "status": "completed",
    "conclusion": "cancelled",
    "started_at": "2026-12-01T12:00:40Z",
    "completed_at": "2026-12-01T12:10:40Z",
    "name": "apply",
}
"""In the documented shape: https://docs.github.com/en/rest/actions/workflow-jobs."""
ATTEMPT = {
    "id": 30433642,
    "name": "Release",
    "run_number": 562,
    "run_attempt": 2,
    "event": "push",
    "status": "completed",
    "conclusion": "failure",
    "created_at": "2026-12-01T12:00:40Z",
    "updated_at": "2026-12-01T12:10:40Z",
}
ENDED = datetime(2026, 12, 1, 12, 10, 40, tzinfo=UTC)


@pytest.fixture
def github():
    """A GitHub that answers what it is told, by path, and whoever asks it."""
    answers, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(dict(self.headers))
            status, body = answers.get(self.path, (404, b'{"message": "Not Found"}'))
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield GitHub("acme/pipeline", lambda: TOKEN, address), answers, asked
        server.shutdown()
        thread.join()


def told(answers, told_, status=200, path="jobs/399444496"):
    body = told_ if isinstance(told_, bytes) else json.dumps(told_).encode()
    answers[f"/repos/acme/pipeline/actions/{path}"] = status, body


def test_a_completed_job_has_ended(github):
    runs, answers, asked = github
    told(answers, JOB)
    assert runs.ended(HOLDER) == ENDED
    assert asked[0]["Authorization"] == f"Bearer {TOKEN}"
    assert asked[0]["X-GitHub-Api-Version"] == "2022-11-28"


def test_without_a_job_the_attempt_has_to_have_ended(github):
    """Of a run that is run again, an earlier attempt has ended."""
    runs, answers, _ = github
    told(answers, ATTEMPT, path="runs/30433642/attempts/2")
    assert runs.ended(WITHOUT_JOB) == ENDED


@pytest.mark.parametrize(
    "status", ["queued", "in_progress", "waiting", "requested", "pending", "tomorrow", "", None]
)
def test_everything_but_completed_may_go_on(github, status):
    runs, answers, _ = github
    told(answers, {**JOB, "status": status})
    told(answers, {**ATTEMPT, "status": status}, path="runs/30433642/attempts/2")
    assert runs.ended(HOLDER) is None
    assert runs.ended(WITHOUT_JOB) is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"message": "Not Found"}, 404),
        ({"message": "Bad credentials"}, 401),
        (JOB, 500),
        (JOB, 302),
        (b"<html>", 200),
        (b"", 200),
        ([JOB], 200),
        ({}, 200),
        ({**JOB, "run_id": 1}, 200),
        ({**JOB, "run_attempt": 1}, 200),
        ({**JOB, "completed_at": None}, 200),
        ({**JOB, "completed_at": "yesterday"}, 200),
        ({**JOB, "completed_at": "2026-12-01T12:10:40"}, 200),
    ],
)
def test_what_is_not_known_to_have_ended_goes_on(github, answer, status):
    runs, answers, _ = github
    told(answers, answer, status)
    with pytest.raises(LockError, match="is not known") as info:
        runs.ended(HOLDER)
    assert info.value.why == Why.RUNNING
    assert TOKEN not in str(info.value)


def test_the_token_goes_nowhere_else(github):
    """A redirect, to an answer that would do, is not followed."""
    runs, answers, asked = github
    answers["/elsewhere"] = 200, json.dumps(JOB).encode()
    told(answers, {"moved": True}, 307)
    with pytest.raises(LockError, match="answered 307"):
        runs.ended(HOLDER)
    assert len(asked) == 1


def test_a_github_that_cannot_be_reached_leaves_the_lock():
    with pytest.raises(LockError, match="cannot be asked"):
        GitHub("acme/pipeline", lambda: TOKEN, "http://127.0.0.1:1").ended(HOLDER)


@pytest.mark.parametrize(
    "repository", ["", "acme", "acme/", "acme/x/../y", "acme/x?y", "../x", "acme/.."]
)
def test_a_repository_leads_nowhere_else(repository):
    with pytest.raises(LockError, match="owner/name"):
        GitHub(repository, lambda: TOKEN)
