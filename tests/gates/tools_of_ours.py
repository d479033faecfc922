"""A virtual environment with one tool that does as a test says, of the version that is locked."""

import re
import sys
from pathlib import Path

from gates.declaration import HOME, Gate

LOCKED = dict(
    re.findall(
        r"^([a-z0-9-]+)(?:\[\S+\])?==(\S+)",
        (HOME / "requirements" / "gates.txt").read_text("utf-8"),
        re.MULTILINE,
    )
)


def lay_out(folder, script, *, version=LOCKED["bandit"], package="bandit"):
    """Write the environment; `script` is the body of a Python program called `bandit`."""
    program = folder / "bin" / "bandit"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!{sys.executable}\n{script}\n", "utf-8")
    program.chmod(0o755)
    if version:
        info = folder / "lib" / "python3.11" / "site-packages" / f"{package}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n", "utf-8")
    return folder


def gate(**changes):
    """Declare that tool as a gate of one file."""
    keys = {
        "name": "twin",
        "about": "x",
        "command": ["bandit", "{files}"],
        "environment": "gates",
        "package": "bandit",
        "reads": ["*.py"],
        "report": "ours",
        "finds": [1],
    }
    return Gate.model_validate(keys | changes)


def printing(scanned=1, *rules, status=0):
    """Write a script that prints a report of ours and ends with a status."""
    findings = [{"rule": rule, "level": "error", "message": "m", "path": "a.py"} for rule in rules]
    return (
        f"import json, sys\nprint(json.dumps({{'scanned': {scanned}, 'findings': {findings}}}))\n"
        f"sys.exit({status})"
    )


def is_alive(pid):
    """Tell whether a process runs; one that is only left to be waited for does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
