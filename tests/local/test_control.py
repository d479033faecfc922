"""The commands: up, status, publish, get, token, down; and nothing is left when they end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict

import pytest

from local.layout import ROOT, Ports

# Each test starts all of the pipeline, and some do so more than once.
pytestmark = pytest.mark.timeout(600)
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}


@pytest.fixture
def run(tmp_path):
    """Run a command on ports of its own; returns the finished process."""
    ports = {f"{name.upper()}_PORT": str(port) for name, port in asdict(Ports.free()).items()}
    env = {**ENVIRONMENT, **ports, "DEMO_PUBSUB": "embedded", "PIPELINE_FOLDER": str(tmp_path)}

    def run(*arguments, **more):
        return subprocess.run(
            [sys.executable, "-m", "local", *arguments],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **more,
        )

    run.env = env
    yield run
    run("down")


def listening(env):
    """Tell which of the ports somebody listens on."""
    found = []
    for name, port in env.items():
        if name.endswith("_PORT"):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    found.append(name)
    return found


def test_the_pipeline_can_be_used_from_a_shell(run):
    assert run("up").returncode == 0
    again = run("up")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "make down" in again.stderr

    status = run("status", "--json")
    state = json.loads(status.stdout)
    assert (status.returncode, set(state["health"].values())) == (0, {True})

    assert "2 published" in run("publish", input='{"id": 1}\n{"id": 2, "name": "é $x"}\n').stdout
    refused = run("publish", '{"id": "x"}')
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    deadline = time.monotonic() + 60
    rows = []
    while len(rows) < 2 and time.monotonic() < deadline:
        rows = json.loads(run("get").stdout)
    assert sorted(row["id"] for row in rows) == [1, 2]
    assert {row["name"] for row in rows} == {None, "é $x"}
    one = run("get", "limit=1")
    assert len(json.loads(one.stdout)) == 1
    assert 'rel="next"' in one.stderr
    wrong = run("get", "limit=0")
    assert (wrong.returncode, json.loads(wrong.stdout)["parameter"]) == (1, "limit")

    token = run("token").stdout.splitlines()
    assert len(token) == 1
    assert token[0].count(".") == 2

    assert run("down").returncode == 0
    assert listening(run.env) == []
    assert "make up" in run("status").stderr


def test_a_taken_port_is_one_line_that_says_what_to_change(run):
    with socket.create_server(("127.0.0.1", int(run.env["BIGQUERY_PORT"]))):
        ended = run("up")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "BIGQUERY_PORT" in ended.stderr
    assert listening(run.env) == []


def test_a_missing_emulator_is_one_line_that_says_what_to_run(run, tmp_path):
    run.env["EMULATORS_VENV"] = str(tmp_path / "nowhere")
    ended = run("demo")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "make setup" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_an_interrupted_pipeline_leaves_no_process_behind(run, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "run"],
        cwd=ROOT,
        env=run.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while run("status").returncode and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(listening(run.env)) == len(asdict(Ports()))
    process.send_signal(number)
    assert process.wait(120) == 0
    assert listening(run.env) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_even_a_killed_pipeline_leaves_no_process_behind(run):
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "run"],
        cwd=ROOT,
        env=run.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while run("status").returncode and time.monotonic() < deadline:
        time.sleep(0.2)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while listening(run.env) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert listening(run.env) == []
