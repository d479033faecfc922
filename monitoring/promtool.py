"""Runs Prometheus' own `promtool test rules`, and says what to do where it gives no answer.

Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_INSTALL = "apt-get install --no-install-recommends prometheus"
MISSING = f"promtool is not installed: {_INSTALL}"
TIMEOUT_S = 600


class PromtoolError(Exception):
    """promtool judged nothing; the text says why."""


def find() -> str | None:
    """Find promtool."""
    return shutil.which("promtool")


def test(paths: Sequence[Path]) -> tuple[int, str]:
    """Let `promtool test rules` run these test files.

    Returns:
        Its exit status, and all that it said.

    Raises:
        PromtoolError: it is missing, cannot be started, or did not end in time.
    """
    program = find()
    if not program:
        raise PromtoolError(MISSING)
    try:
        done = subprocess.run(
            [program, "test", "rules", *map(str, paths)],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as exc:
        raise PromtoolError(
            f"promtool did not end within {TIMEOUT_S} s: try again while this machine has less to "
            "do, or fewer alerts at a time"
        ) from exc
    except OSError as exc:
        raise PromtoolError(f"{program} cannot be started ({exc.strerror}): {_INSTALL}") from exc
    return done.returncode, done.stdout + done.stderr
