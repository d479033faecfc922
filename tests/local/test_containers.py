"""The hardening of the containers: each restriction refuses, and its removal is noticed."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from images import hardening
from images.layout import TARGETS, ImageError
from local import hardened, layout
from local.containers import Containers
from local.layout import ROOT, LocalError, Ports
from local.processes import Child

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def containers():
    """The built images, and the engine that runs them."""
    try:
        return hardened.built_containers()
    except (ImageError, LocalError) as exc:
        pytest.skip(f"needs images: {exc}")


@pytest.fixture
def started(containers, tmp_path):
    """Start a service alone, with flags of the test's; what it needs is only listened for."""
    with ExitStack() as exits:
        ports = Ports.free()
        for port in (ports.bigquery, ports.issuer, ports.pubsub, ports.signer, ports.function):
            exits.enter_context(socket.create_server(("127.0.0.1", port)))

        def start(flags):
            weakened = Containers(containers.engine, containers.images, flags)
            environment = layout.api_environment(ports)
            child = weakened.start("api", environment, ports, tmp_path, exits)
            url = f"{ports.url('api_service')}/health/live"
            child.wait_until(lambda: hardened.answers(url))
            return weakened, ports

        yield start


def without(*starts, instead=()):
    """Leave flags out, and put others in their place."""
    kept = [flag for flag in hardening.flags() if not flag.startswith(starts)]
    assert len(kept) < len(hardening.flags())
    return [*kept, *instead]


WEAKENED = {
    "another user": (
        without("--user=", instead=["--user=0:0"]),
        {"identity and rights of the service's own process"},
    ),
    "capabilities": (
        without("--cap-drop="),
        {"identity and rights of the service's own process"},
    ),
    "new privileges": (
        without("--security-opt=no-new-privileges", "--security-opt=seccomp"),
        {"identity and rights of the service's own process", "system call memfd_create"},
    ),
    "a root that can be written": (without("--read-only"), {"files written outside of /tmp"}),
    "the engine's own list of system calls": (
        without("--security-opt=seccomp"),
        {"system call memfd_create", "system call ptrace", "socket AF_NETLINK"},
    ),
    "programs in /tmp": (
        without("--tmpfs=", instead=["--tmpfs=/tmp:rw,exec,size=64m,mode=1777"]),
        {"program written to /tmp"},
    ),
    "memory": (without("--memory"), {"more memory than allowed"}),
    "processes": (
        without("--pids-limit", "--memory", instead=["--pids-limit=4000"]),
        {"more processes than allowed"},
    ),
}


def test_every_attempt_from_inside_is_refused(started):
    containers, ports = started(hardening.flags())
    for port in (ports.pubsub, ports.signer, ports.function):
        socket.create_connection(("127.0.0.1", port), 2).close()  # it is there, for us
    outcomes = hardened.probe(containers, "api", ports)
    assert hardened.not_refused(outcomes) == []
    assert len(outcomes) > 60


@pytest.mark.parametrize("weakness", WEAKENED)
def test_the_probe_notices_what_was_taken_away(started, weakness):
    flags, noticed = WEAKENED[weakness]
    containers, ports = started(flags)
    found = {
        name
        for name, outcome in hardened.probe(containers, "api", ports).items()
        if not outcome.startswith("refused: ")
    }
    assert noticed <= found
    assert not any(name.startswith("needed: ") for name in found)


def test_reads_in_flight_end_before_the_container_does(containers, tmp_path):
    statuses, exit_status, seconds = hardened.end_while_reading(containers, "embedded", tmp_path)
    assert statuses == [200] * 4
    assert exit_status == 0
    assert seconds < hardened.PLATFORM_PATIENCE_S


def test_the_first_answer_comes_soon(containers, tmp_path):
    for name in TARGETS:
        # Generous, since the machine may be busy: the figure is printed by make image-run.
        assert hardened.seconds_to_first_200(containers, name, tmp_path) < 5


def _running(containers):
    command = containers.engine.command("ps", "--format", "{{.Names}}")
    environment = {**os.environ, **containers.engine.environment}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()


def test_nothing_is_left_when_the_one_who_started_it_is_killed(containers, tmp_path):
    before = set(_running(containers))
    pipeline = {
        "DEMO_SERVICES": "containers",
        "DEMO_PUBSUB": "embedded",
        "PIPELINE_FOLDER": str(tmp_path),
        **{name: os.environ[name] for name in ("IMAGE_ENGINE",) if name in os.environ},
    }
    child = Child("demo", [sys.executable, "-m", "local", "demo"], tmp_path / "demo.log", pipeline)
    child.wait_until(lambda: len(set(_running(containers)) - before) == 4)
    child.process.send_signal(signal.SIGKILL)
    child.process.wait()
    until = time.monotonic() + 20
    while (left := set(_running(containers)) - before) and time.monotonic() < until:
        time.sleep(0.2)
    assert left == set()


def test_the_demo_names_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(hardened, "built", lambda target: tmp_path / target)
    with pytest.raises(LocalError, match="no image of api, function: make image builds them"):
        hardened.built_containers()


def test_a_wrong_switch_is_named():
    ended = subprocess.run(
        [sys.executable, "-m", "local", "demo"],
        cwd=ROOT,
        env={**os.environ, "DEMO_SERVICES": "vm", "DEMO_PUBSUB": "embedded"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "DEMO_SERVICES is 'vm': it must be processes or containers" in ended.stderr
