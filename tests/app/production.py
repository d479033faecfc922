"""data-api as it runs: under gunicorn, in a process of its own."""

import sys
from contextlib import contextmanager
from pathlib import Path

from local import layout
from local.layout import Ports
from local.processes import Child
from local.stack import answers

COMMAND = [str(Path(sys.executable).parent / "gunicorn"), "--config=app/gunicorn_conf.py"]
AUDIENCE, READER = "https://api.test", "reader@x.iam.gserviceaccount.com"


@contextmanager
def running(log, **changes):
    """Run it on a port of its own, given as `port` and `url`, with changes of its environment."""
    port = Ports.free().api_service
    variables = {
        "PROJECT_ID": layout.PROJECT,
        "AUDIENCES": AUDIENCE,
        "ALLOWED_CALLERS": READER,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        **changes,
    }
    with Child("api", COMMAND, log, variables) as child:
        child.port, child.url = port, f"http://127.0.0.1:{port}"
        child.wait_until(lambda: answers(f"{child.url}/health/ready"))
        yield child
