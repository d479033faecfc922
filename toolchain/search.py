"""A program on PATH, taken only if it answers with exactly the pinned version."""

import os
import stat
import subprocess
import tempfile
from pathlib import Path

from toolchain.pins import ROOT, Pin

ANSWER_TIMEOUT_S = 10


def on_path(pin: Pin) -> Path | None:
    """Find the first program on PATH that is the pinned version by its own word; None if none is.

    Its word is not checked: whoever may write to a folder on PATH may do so to that of Python, too.
    So a folder that is not absolute, lies in the project, is another user's, or lets everybody
    write is passed over: a pull request or anybody on the machine could have put the program there.
    """
    if not pin.asked or pin.change:
        return None
    folders = (Path(folder) for folder in os.get_exec_path())
    candidates = (folder / pin.name for folder in folders if folder.is_absolute())
    return next((path for path in candidates if _is_trusted(path) and answers(path, pin)), None)


def answers(program: Path, pin: Pin) -> bool:
    """Ask a program for its version, without the environment's secrets."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {"PATH": os.defpath, "HOME": empty}
        try:
            done = subprocess.run(
                [program, *pin.asked],
                cwd=empty,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=ANSWER_TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return False
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return pin.answer in (" ".join(line.split()) for line in lines)


def _is_trusted(path: Path) -> bool:
    """Tell whether it is a program that only root or the caller can have put there."""
    try:
        real = path.resolve(strict=True)
        places = (path.parent.resolve(), real.parent, real)
        facts = [place.stat() for place in places]
    except (OSError, RuntimeError):
        return False
    return (
        real.is_file()
        and os.access(real, os.X_OK)
        and all(each.st_uid in {0, os.getuid()} for each in facts)
        and not any(each.st_mode & stat.S_IWOTH for each in facts)
        and not any(place.is_relative_to(ROOT) for place in places)
    )
