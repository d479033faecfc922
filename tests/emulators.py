"""Fixtures that start real parts once for the whole run: issuer, BigQuery emulators, faults."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import bigquery, issuer, layout
from local.faults import FaultProxy
from local.layout import Ports
from local.processes import Child
from local.serving import serving
from local.stack import answers

SECOND_VENV = Path(os.environ.get("SECOND_VENV") or layout.ROOT / ".venv-emulators-second")


@dataclass
class LocalIssuer:
    """The local issuer, and where the services find its keys."""

    issuer: issuer.Issuer
    url: str

    @property
    def keys_url(self):
        return f"{self.url}/oauth2/v3/certs"


@pytest.fixture(scope="session")
def token_issuer():
    """A running issuer with real keys."""
    minted = issuer.Issuer()
    with serving(issuer.application(minted)) as url:
        yield LocalIssuer(minted, url)


def start_first(ports, folder):
    """Start the emulator that the local pipeline uses."""
    url = ports.url("bigquery")
    child = Child("bqemulator", bigquery.command(ports), folder / "bqemulator.log")
    child.wait_until(lambda: answers(f"{url}/bigquery/v2/projects/{layout.PROJECT}/datasets"))
    return child


def start_second(ports, folder):
    """Start the second opinion, which another author wrote on another version of Python."""
    program = SECOND_VENV / "bin" / "local-bigquery"
    if not program.exists():
        pytest.skip("local-bigquery is not installed: it needs Python 3.13, then make setup-second")
    url = ports.url("bigquery")
    command = [
        str(program),
        "--host=127.0.0.1",
        f"--port={ports.bigquery}",
        f"--grpc-port={ports.bigquery_grpc}",
        f"--project={layout.PROJECT}",
        f"--data-dir={folder}",
    ]
    child = Child("local-bigquery", command, folder / "local-bigquery.log")
    child.wait_until(lambda: answers(f"{url}/bigquery/v2/projects/{layout.PROJECT}/datasets"))
    return child


@pytest.fixture(scope="session")
def bigquery_url(tmp_path_factory):
    """The emulator of the local pipeline."""
    ports = Ports.free()
    with start_first(ports, tmp_path_factory.mktemp("bqemulator")):
        yield ports.url("bigquery")


@pytest.fixture(scope="session", params=["bqemulator", "local-bigquery"])
def each_bigquery_url(request, tmp_path_factory):
    """Each of the two emulators in turn."""
    if request.param == "bqemulator":
        yield request.getfixturevalue("bigquery_url")
        return
    ports = Ports.free()
    with start_second(ports, tmp_path_factory.mktemp("local-bigquery")):
        yield ports.url("bigquery")


@pytest.fixture
def dataset(bigquery_url):
    """A new dataset with the contract's tables."""
    return new_dataset(bigquery_url)


def new_dataset(url):
    """Make a dataset that no other test knows."""
    name = f"d_{uuid.uuid4().hex}"
    with bigquery.connect(url) as client:
        bigquery.create_tables(client, name)
    return name


@pytest.fixture(scope="session")
def _proxy(bigquery_url):
    proxy = FaultProxy(bigquery_url)
    with serving(proxy.application()) as url:
        yield proxy, url


@pytest.fixture
def faults(_proxy):
    """The fault proxy in front of the emulator, with nothing planned."""
    proxy, url = _proxy
    proxy.plan()
    proxy.url = url
    yield proxy
    proxy.plan()


@pytest.fixture
def rows_of(bigquery_url):
    """Read a table's rows as the emulator has them, duplicates included."""

    def read(dataset, table=layout.TABLE):
        with bigquery.connect(bigquery_url) as client:
            query = f"SELECT * FROM `{dataset}.{table}` WHERE publish_time IS NOT NULL"  # noqa: S608 - our own names
            return [dict(row) for row in client.query_and_wait(query)]

    return read
