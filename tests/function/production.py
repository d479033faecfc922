"""The function as it runs: under functions-framework, in a process of its own."""

import sys
from contextlib import contextmanager
from pathlib import Path

from local.layout import Ports
from local.processes import Child
from local.stack import answers
from tests.function_environment import environment

PROGRAM = str(Path(sys.executable).parent / "functions-framework")
COMMAND = [PROGRAM, "--source=function/main.py", "--target=ingest_data"]


@contextmanager
def running(log, **changes):
    """Run it on a port of its own, given as `url`, with changes of its environment."""
    port = Ports.free().function_service
    variables = environment(HOST="127.0.0.1", PORT=str(port), **changes)
    with Child("function", COMMAND, log, variables) as child:
        child.url = f"http://127.0.0.1:{port}"
        child.wait_until(lambda: answers(f"{child.url}/health/ready"))
        yield child
