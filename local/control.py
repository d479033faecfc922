"""Starts the pipeline in the background, finds it again and ends it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from local import layout
from local.layout import LocalError, Ports
from local.processes import uninterrupted
from local.stack import Stack, answers

STATE_PATH = layout.FOLDER / "stack.json"
START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
WAKE_S = 0.5


def run(pubsub: str) -> None:
    """Run the pipeline in the foreground until SIGTERM or Ctrl-C."""
    ports = Ports.fixed()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Said for both: a shell starts what is in the background with SIGINT ignored.
        signal.signal(number, _interrupt)
    state = {"pubsub": pubsub, **layout.addresses(ports)}
    with suppress(KeyboardInterrupt), Stack(ports, pubsub=pubsub), _state(state):
        while True:
            # Not signal.pause: a signal that comes just before it would not end it.
            time.sleep(WAKE_S)


def up(pubsub: str) -> dict[str, Any]:
    """Start the pipeline in the background and wait until it is ready.

    Raises:
        LocalError: it runs already, or could not start.
    """
    if state := _read():
        raise LocalError(f"it runs already (API at {state['api']}): make down ends it")
    layout.FOLDER.mkdir(exist_ok=True)
    Ports.fixed()
    log_path = layout.FOLDER / "stack.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "run"],
            cwd=layout.ROOT,
            env={**os.environ, "DEMO_PUBSUB": pubsub},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return _await(process, log_path)
    except BaseException:
        # Also where a person does not wait any longer: it is a session of its own.
        with uninterrupted():
            process.terminate()
            process.wait(STOP_TIMEOUT_S)
        raise


def _await(process: "subprocess.Popen[bytes]", log_path: Path) -> dict[str, Any]:
    until = time.monotonic() + START_TIMEOUT_S
    while not (state := _read()):
        if process.poll() is not None or time.monotonic() > until:
            words = log_path.read_text("utf-8").strip().splitlines()
            raise LocalError(words[-1] if words else f"it did not start; see {log_path.name}")
        time.sleep(0.1)
    return state


def down() -> bool:
    """End the running pipeline; tell whether there was one.

    Raises:
        LocalError: it did not end.
    """
    state = _read()
    if state is None:
        return False
    os.kill(state["pid"], signal.SIGTERM)
    until = time.monotonic() + STOP_TIMEOUT_S
    while _runs(state["pid"]):
        if time.monotonic() > until:
            raise LocalError(f"process {state['pid']} did not end in {STOP_TIMEOUT_S:.0f} s")
        time.sleep(0.1)
    return True


def running() -> dict[str, Any]:
    """Find the running pipeline.

    Raises:
        LocalError: there is none.
    """
    state = _read()
    if state is None:
        raise LocalError("the pipeline does not run: make up starts it")
    return state


def status() -> dict[str, Any]:
    """Tell where everything is and whether it answers."""
    state = running()
    health = {
        "api": answers(f"{state['api_service']}/health/ready"),
        "function": answers(f"{state['function_service']}/health/ready"),
        "issuer": answers(f"{state['issuer']}/oauth2/v3/certs"),
    }
    return {**state, "health": health}


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _state(state: dict[str, Any]) -> Iterator[None]:
    STATE_PATH.write_text(json.dumps({"pid": os.getpid(), **state}), "utf-8")
    try:
        yield
    finally:
        STATE_PATH.unlink(missing_ok=True)


def _read() -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads(STATE_PATH.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return state if _runs(state["pid"]) else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Tell whether it ended and only its parent has not noticed (Linux; elsewhere False)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - not a path of ours
            return stat.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False
