"""The commands: what is missing is said in a line, and what was started is ended."""

import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import asdict

import pytest
import requests

from local.layout import ROOT, Ports
from monitoring.promtool import MISSING, find

COMMAND = [sys.executable, "-m", "local.observation"]


def environment(folder, ports=None):
    chosen = asdict(ports or Ports.free())
    moved = {f"{name.upper()}_PORT": str(port) for name, port in chosen.items()}
    return {**os.environ, **moved, "PIPELINE_FOLDER": str(folder), "DEMO_PUBSUB": "embedded"}


def test_without_promtool_a_line_says_what_to_install_and_nothing_is_started(tmp_path):
    ended = subprocess.run(
        [*COMMAND, "alerts"],
        cwd=ROOT,
        env={**environment(tmp_path), "PATH": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert (ended.returncode, ended.stdout.strip()) == (2, f"no verdict: {MISSING}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_dashboard_starts_a_pipeline_shows_it_and_leaves_nothing(tmp_path):
    ports = Ports.free()
    # A shell starts what is in the background with SIGINT ignored, and so is this one.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(
        [*COMMAND, "dashboard"],
        cwd=ROOT,
        env={**environment(tmp_path, ports), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        signal.signal(signal.SIGINT, before)
        try:
            url = next(filter(None, map(address, running.stdout)))
            state = requests.get(f"{url}/now", timeout=30).json()
            assert "requests" in state["panels"]
            running.send_signal(signal.SIGINT)
            assert running.wait(60) == 0
        finally:
            # Killed at once, it would leave the pipeline that it started.
            running.terminate()
            try:
                running.wait(60)
            finally:
                running.kill()
    assert not (tmp_path / "stack.json").exists()
    assert not any(map(listens, asdict(ports).values()))


def address(line):
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    return found and found[0]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_fault_is_noticed_by_its_alert_and_drawn(tmp_path):
    if find() is None:
        pytest.skip(MISSING)
    ended = subprocess.run(
        [*COMMAND, "alerts", "poison"],
        cwd=ROOT,
        env={**environment(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=380,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"MessagesQuarantined +│ yes +│ +\d+ s", ended.stdout)
    drawn = (tmp_path / "alerts" / "alerts.svg").read_text("utf-8")
    assert "MessagesQuarantined" in drawn
    assert "<script" not in drawn
