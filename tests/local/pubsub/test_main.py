"""The emulator as a process: where it listens, how it ends, what it costs."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.layout import ROOT, Ports
from local.processes import Child
from local.pubsub.push import CONCURRENCY
from tests.local.pubsub.doubles import Emulator, eventually

COMMAND = [sys.executable, "-m", "local.pubsub"]
ISSUER = "--issuer=http://127.0.0.1:9"
LINE = r"listening on 127\.0\.0\.1:(\d+)\n"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@contextmanager
def started(folder, port=0):
    """Start an emulator; yields the process, clients for it, and its log."""
    log = folder / "log"
    with Child("pubsub", [*COMMAND, f"--port={port}", ISSUER], log) as child:
        child.wait_until(lambda: re.fullmatch(LINE, log.read_text()))
        port = int(re.fullmatch(LINE, log.read_text())[1])
        emulator = Emulator(f"127.0.0.1:{port}")
        yield child.process, emulator, log
        emulator.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_soon_and_in_peace_whatever_is_under_way(tmp_path, endpoint, number):
    endpoint.delay_s = 60
    with started(tmp_path) as (process, emulator, log):
        topic = emulator.topic()
        streamed = emulator.subscribe(topic)
        emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
        received = []
        stream = emulator.subscriptions.subscribe(streamed, received.append)
        emulator.publish(topic, {"data": b"x"})
        assert eventually(lambda: received and endpoint.now)
        os.kill(process.pid, number)
        started_s = time.monotonic()
        assert process.wait(5) == 0
        assert time.monotonic() - started_s < 2
        stream.cancel()
        stream.result(10)
    assert re.fullmatch(LINE, log.read_text()), "and has nothing to say about it"


def test_it_listens_where_it_was_told(tmp_path):
    port = Ports.free().pubsub
    with started(tmp_path, port) as (_process, emulator, _log):
        assert emulator.host == f"127.0.0.1:{port}"
        assert emulator.topic()


def test_a_taken_port_is_an_error(tmp_path):
    with started(tmp_path) as (_process, emulator, _log):
        port = emulator.host.rpartition(":")[2]
        command = [*COMMAND, f"--port={port}", ISSUER]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)
        assert second.returncode != 0
        assert b"listening" not in second.stdout


@pytest.mark.parametrize("options", [[], ["--port=0"], [ISSUER], ["--port=x", ISSUER]])
def test_it_wants_to_know_its_port_and_its_issuer(options):
    command = [*COMMAND, *options]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert result.returncode == 2
    assert b"Usage:" in result.stderr


def listening_sockets(pid):
    """Read where a process listens: hexadecimal `address:port`, as /proc has it."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if found := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())):
            inodes.add(found[1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1])
    return found


@on_linux
def test_it_listens_on_loopback_alone(tmp_path):
    with started(tmp_path) as (process, emulator, _log):
        port = int(emulator.host.rpartition(":")[2])
        assert listening_sockets(process.pid) == {f"0100007F:{port:04X}"}


def cpu_s(pid):
    """Read the processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@on_linux
def test_it_rests_while_its_push_window_is_full_and_a_stream_waits(tmp_path, endpoint):
    endpoint.delay_s = 60
    with started(tmp_path) as (process, emulator, _log):
        topic, quiet = emulator.topic(), emulator.topic()
        emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
        full = emulator.subscribe(topic)
        streams = [
            emulator.subscriptions.subscribe(emulator.subscribe(quiet), print),
            emulator.subscriptions.subscribe(full, lambda _: None),
        ]
        emulator.publish(topic, *[{"data": b"x"}] * 1000)
        assert eventually(lambda: endpoint.now == CONCURRENCY)
        time.sleep(0.5)
        before_s = cpu_s(process.pid)
        time.sleep(2)
        assert cpu_s(process.pid) - before_s < 0.3
        assert endpoint.now == CONCURRENCY
        for stream in streams:
            stream.cancel()
            stream.result(10)
