"""The provider comes and goes with whoever needs it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from rehearsal import attachment, facts
from rehearsal.errors import MissingError, RehearsalError
from rehearsal.origin import REPOSITORY

SCHEMA = facts.whole() | {"resource_schemas": {}, "data_source_schemas": {}}


def gone(pid, within_s=30):
    until = time.monotonic() + within_s
    with suppress(psutil.NoSuchProcess):  # at any moment, between any two looks
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
    return True


def pids(folder):
    """Our providers that serve from this folder."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if {"rehearsal.provider", str(folder / "s")} <= {*(process.info["cmdline"] or ())}
    ]


def test_it_is_gone_when_nobody_needs_it(installed, tmp_path):
    with attachment.provider(tmp_path, SCHEMA, None) as given:
        assert "TF_REATTACH_PROVIDERS" in given
        (pid,) = pids(tmp_path)
    assert gone(pid)


def test_it_is_gone_when_what_was_done_with_it_failed(installed, tmp_path):
    with suppress(ZeroDivisionError), attachment.provider(tmp_path, SCHEMA, None):
        (pid,) = pids(tmp_path)
        raise ZeroDivisionError
    assert gone(pid)


def test_it_is_gone_when_its_starter_is_killed(installed, tmp_path):
    program = (
        "import pathlib, sys, time\n"
        "from rehearsal import attachment\n"
        "schema = {'provider': {'block': {}}, 'resource_schemas': {}, 'data_source_schemas': {}}\n"
        "with attachment.provider(pathlib.Path(sys.argv[1]), schema, None):\n"
        "    print('up', flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, tmp_path]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as starter:
        assert starter.stdout.readline() == b"up\n"
        (pid,) = pids(tmp_path)
        os.kill(starter.pid, signal.SIGKILL)
    assert gone(pid)


def test_it_listens_on_a_socket_alone(installed, tmp_path):
    with attachment.provider(tmp_path, SCHEMA, None):
        (pid,) = pids(tmp_path)
        assert psutil.Process(pid).net_connections("inet") == []
        assert (tmp_path / "s").is_socket()


def test_it_gets_nothing_of_the_environment(installed, tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "leak")
    with attachment.provider(tmp_path, SCHEMA, None):
        (pid,) = pids(tmp_path)
        assert {*psutil.Process(pid).environ()} <= {"PATH", "PYTHONPATH", "LC_CTYPE"}


def test_a_provider_that_does_not_start_says_why(installed, tmp_path):
    with (
        pytest.raises(RehearsalError, match=r"(?s)does not start:.*KeyError: 'provider'"),
        attachment.provider(tmp_path, {}, None),
    ):
        pass


def test_without_it_the_text_says_how_it_comes(tmp_path, monkeypatch):
    monkeypatch.setattr(attachment, "PYTHON", tmp_path / "python")
    with (
        pytest.raises(MissingError, match="make setup-terraform"),
        attachment.provider(tmp_path, SCHEMA, None),
    ):
        pass
