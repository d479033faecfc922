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
from click.testing import CliRunner

from local.layout import ROOT, Ports
from local.pubsub.__main__ import main
from local.pubsub.push import CONCURRENCY
from tests.local.pubsub.doubles import (
    Emulator,
    announced_port,
    complaints,
    eventually,
    running_process,
)

COMMAND = [sys.executable, "-m", "local.pubsub"]
ISSUER = "--issuer=http://127.0.0.1:9"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@contextmanager
def started(folder, port=0):
    """Start an emulator; yields the process, clients for it, and its log."""
    log = folder / "log"
    with running_process([*COMMAND, f"--port={port}", ISSUER], log) as process:
        assert eventually(lambda: announced_port(log), 60)
        emulator = Emulator(f"127.0.0.1:{announced_port(log)}")
        yield process, emulator, log
        emulator.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_soon_and_in_peace_whatever_is_under_way(tmp_path, endpoint, number):
    endpoint.delay_s = 60
    with started(tmp_path) as (process, emulator, log):
        topic = emulator.topic()
        streamed = emulator.subscribe(topic)
        emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url})
        emulator.publish(topic, {"data": b"x"})
        with emulator.stream(streamed) as (responses, _send):
            next(responses)
            assert eventually(lambda: endpoint.now)
            started_s = time.monotonic()
            os.kill(process.pid, number)
            assert process.wait(30) == 0
            # Before who stops it loses patience, and well before the stream or the push ends.
            assert time.monotonic() - started_s < 10
    assert complaints(log) == []


def test_a_taken_port_is_an_error(tmp_path):
    """Two that share one would each get a part of the messages."""
    port = Ports.free().pubsub
    with started(tmp_path, port) as (_process, emulator, _log):
        assert emulator.host == f"127.0.0.1:{port}"
        command = [*COMMAND, f"--port={port}", ISSUER]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)
        assert second.returncode != 0
        assert b"listening" not in second.stdout


@pytest.mark.parametrize("options", [[], ["--port=0"], [ISSUER], ["--port=x", ISSUER]])
def test_it_wants_to_know_its_port_and_its_issuer(options):
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 2
    assert "Usage:" in result.output


def listening_sockets(pid):
    """Read where a process listens: hexadecimal `address:port`, as /proc has it.

    An IPv4 address may be written as one of IPv6: ::ffff:127.0.0.1.
    """
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if found := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())):
            inodes.add(found[1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].removeprefix("0000000000000000FFFF0000"))
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


def spent_s(pid, within_s=2):
    """Measure the processor time that a process takes from now on."""
    before_s = cpu_s(pid)
    time.sleep(within_s)
    return cpu_s(pid) - before_s


@on_linux
def test_it_rests_while_its_push_window_is_full_and_a_stream_waits(tmp_path, endpoint):
    endpoint.delay_s = 60
    with started(tmp_path) as (process, emulator, _log):
        topic, quiet = emulator.topic(), emulator.topic()
        # No lease runs out meanwhile, which would be work.
        settings = {"ack_deadline_seconds": 600}
        emulator.subscribe(topic, push_config={"push_endpoint": endpoint.url}, **settings)
        full = emulator.subscribe(topic, **settings)
        streams = [
            emulator.subscriptions.subscribe(emulator.subscribe(quiet), print),
            emulator.subscriptions.subscribe(full, lambda _: None),
        ]
        emulator.publish(topic, *[{"data": b"x"}] * 1000)
        assert eventually(lambda: endpoint.now == CONCURRENCY)
        # What was published may still be on its way into the stream; who waits busily never rests.
        assert eventually(lambda: spent_s(process.pid) < 0.3)
        assert endpoint.now == CONCURRENCY
        for stream in streams:
            stream.cancel()
            stream.result(10)
