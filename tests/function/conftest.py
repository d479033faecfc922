"""The function as functions-framework serves it, in this process."""

import json
import os
from functools import partial

import functions_framework
import pytest

from local.layout import ROOT
from tests.function.production import running
from tests.function_environment import AUDIENCE, PUSHER, environment


@pytest.fixture
def start_function(token_issuer, faults, dataset, monkeypatch):
    """Start the function in this process; returns a Flask test client."""

    def start(**changes):
        local = {
            "DATASET": dataset,
            "KEYS_URL": token_issuer.keys_url,
            "BIGQUERY_EMULATOR_HOST": faults.url,
        }
        variables = environment(**{**local, **changes})
        for name in ("K_SERVICE", "INGRESS", "AUTH_MODE", "THREADS", "WORKERS"):
            # Set first, so that monkeypatch also takes back what the function itself sets.
            monkeypatch.setenv(name, "")
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        source = str(ROOT / "function" / "main.py")
        app = functions_framework.create_app(target="ingest_data", source=source)
        return app.test_client()

    yield start
    os.environ.pop("THREADS", None)
    os.environ.pop("WORKERS", None)


@pytest.fixture
def push_headers(token_issuer):
    """The header that Pub/Sub's push identity sends."""
    token = token_issuer.issuer.mint(PUSHER, AUDIENCE)
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def events(capsys):
    """The function's log lines since the last call, as objects."""

    def read(name=None):
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [line for line in lines if name is None or line["event"] == name]

    return read


@pytest.fixture
def serve(token_issuer, faults, dataset, tmp_path):
    """Run the function in a process, on this dataset, with changes of its environment."""
    return partial(
        running,
        tmp_path / "function.log",
        DATASET=dataset,
        KEYS_URL=token_issuer.keys_url,
        BIGQUERY_EMULATOR_HOST=faults.url,
    )


@pytest.fixture
def served(serve):
    """The running function; its `url` and its process."""
    with serve() as child:
        yield child
