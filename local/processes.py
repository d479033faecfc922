"""Child processes that end with us, whatever ends us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from local.layout import ROOT, LocalError

STOP_TIMEOUT_S = 12.0
"""Cloud Run kills 10 s after SIGTERM; a service that takes longer is at fault."""
_ENDING = (signal.SIGINT, signal.SIGTERM)
_TETHER = [sys.executable, "-I", "-S", str(ROOT / "local" / "tethered.py")]


class Child:
    """One process of ours in a session of its own, with its output in a file."""

    def __init__(
        self,
        name: str,
        command: list[str],
        log_path: Path,
        env: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> None:
        """Start it in `folder`; it sees `env`, the path and the locale, nothing else of ours."""
        self.name = name
        self.log_path = log_path
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "JAVA_HOME") if key in os.environ}
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*_TETHER, *command],
                cwd=folder,
                env={**kept, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait until `ready`.

        Raises:
            LocalError: the process ended first or took too long; with its last words.
        """
        until = time.monotonic() + timeout_s
        try:
            self._wait_until(ready, until)
        except BaseException:
            self.stop()
            raise

    def _wait_until(self, ready: Callable[[], bool], until: float) -> None:
        while not ready():
            if self.process.poll() is not None:
                raise LocalError(f"{self.name} ended at once; {self._last_words()}")
            if time.monotonic() > until:
                raise LocalError(f"{self.name} was not ready in time; see {self.log_path}")
            time.sleep(0.05)

    def stop(self) -> float:
        """End it and whatever it started; return the seconds that took."""
        started = time.monotonic()
        self._signal(signal.SIGTERM)
        try:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_TIMEOUT_S)
        finally:
            self.kill()
        return time.monotonic() - started

    def kill(self) -> None:
        """End it without asking."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _last_words(self) -> str:
        lines = self.log_path.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][:500] if lines else "it printed nothing"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish stopping even if a person presses Ctrl-C once more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
