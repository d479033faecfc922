"""The function under its production command, as Cloud Run starts, fills and stops it."""

import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.faults import Fault
from local.layout import ROOT
from local.stack import answers
from tests.function.production import COMMAND
from tests.function_environment import AUDIENCE, PUSHER, environment, push_body


@pytest.mark.parametrize("changes", [{"AUDIENCES": None}, {"AUTH_MODE": "iam"}])
def test_a_wrong_environment_ends_in_one_line(tmp_path, changes):
    ended = subprocess.run(
        [*COMMAND, "--port=0"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment(**changes)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert re.match(r"cannot start: .*(AUDIENCES|AUTH_MODE)", line)


def test_sixty_four_deliveries_wait_together(served, push_headers, faults, dataset, rows_of):
    """Fewer threads than the setting says would show as more inserts than one round can need."""
    faults.plan(Fault("slow", seconds=1.5, times=None))

    def deliver(number):
        body = push_body(b'{"id": %d}' % number, messageId=f"m{number}", message_id=f"m{number}")
        return requests.post(served.url, data=body, headers=push_headers, timeout=20).status_code

    started = time.monotonic()
    with ThreadPoolExecutor(64) as pool:
        assert set(pool.map(deliver, range(64))) == {204}
    # Eight threads would take as many rounds.
    assert time.monotonic() - started < 8 * 1.5
    assert sorted(row["id"] for row in rows_of(dataset)) == list(range(64))
    assert max(map(len, faults.inserts)) > 16


def test_sigterm_lets_what_is_in_flight_end(served, push_headers, faults, dataset, rows_of):
    """Cloud Run kills 10 s after SIGTERM; by then each delivery has its answer."""
    faults.plan(Fault("slow", seconds=2.0, times=None))
    with ThreadPoolExecutor(8) as pool:
        futures = [
            pool.submit(
                requests.post,
                served.url,
                data=push_body(messageId=f"m{number}", message_id=f"m{number}"),
                headers=push_headers,
                timeout=20,
            )
            for number in range(8)
        ]
        # Once the last row is at the table, whose answer is slow, nobody is still on the way here.
        until = time.monotonic() + 15
        while sum(map(len, faults.inserts)) < 8 and time.monotonic() < until:
            time.sleep(0.01)
        started = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert [future.result().status_code for future in futures] == [204] * 8
        assert served.process.wait(10) == 0
    assert time.monotonic() - started < 10
    assert len(rows_of(dataset)) == 8


def test_a_chunked_body_has_a_limit_too(served, push_headers):
    def chunks():
        for _ in range(20):
            yield b"x" * (1 << 20)

    try:
        status = requests.post(
            served.url, data=chunks(), headers=push_headers, timeout=30
        ).status_code
    except requests.ConnectionError:
        # It may also hang up on a sender that does not stop; what counts is that it lives on.
        status = 413
    assert status == 413
    assert "body_too_large" in served.log_path.read_text("utf-8")
    assert answers(f"{served.url}/health/live")


def test_a_refusal_tells_nothing_of_the_request(served):
    """The framework's own error page would repeat headers and body."""
    for headers in ({}, {"Authorization": "Bearer swordfish", "ce-type": "swordfish"}):
        for body in (b"swordfish", b'{"swordfish": 1}'):
            response = requests.post(served.url, data=body, headers=headers, timeout=10)
            assert response.status_code == 401
            assert "swordfish" not in response.text + str(response.headers)
    assert "swordfish" not in served.log_path.read_text("utf-8")


def test_the_process_writes_nothing_but_json(served, push_headers, token_issuer):
    requests.post(served.url, data=push_body(), headers=push_headers, timeout=10)
    stranger = token_issuer.issuer.mint("a" + PUSHER, AUDIENCE)
    headers = {"Authorization": f"Bearer {stranger}"}
    assert (
        requests.post(served.url, data=push_body(), headers=headers, timeout=10).status_code == 403
    )
    lines = served.log_path.read_text("utf-8").splitlines()
    assert lines
    assert all(line.startswith('{"severity":') and line.endswith("}") for line in lines)
