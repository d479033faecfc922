"""`make bootstrap`, with Terraform's own bucket backend on a storage emulator.

gcloud alone is a double: it writes down what it was asked. Another test asks the real one whether
it understands these commands.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from gcp_storage_emulator.server import create_server

from deploy.bootstrap import Bootstrap, BootstrapError
from deploy.posture.expectation import Expectation
from local.layout import free_ports
from rehearsal import terraform
from rehearsal.errors import MissingError
from rehearsal.origin import Kind, Origin
from tests.terraform.project import BOOTSTRAP

BUCKET = "data-prod-4711-bootstrap-state-1"
GCLOUD = """#!{python}
import json, os, pathlib, sys
folder = pathlib.Path(os.environ["DOUBLE"])
with (folder / "asked").open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if (folder / "fail").exists() and "identity" in sys.argv:
    sys.exit(1)
if sys.argv[1:4] == ["storage", "buckets", "list"]:
    for path in pathlib.Path(os.environ["WORLD"]).glob("google_storage_bucket.*.json"):
        print(json.loads(path.read_text())["values"]["name"])
"""
"""Lists the buckets that the rehearsal's cloud has."""


@pytest.fixture
def storage():
    """A storage emulator, without a bucket."""
    (port,) = free_ports(1)
    server = create_server("127.0.0.1", port, in_memory=True)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def project(tmp_path, storage, monkeypatch):
    """The folder, the double and the rehearsal's cloud of somebody who is about to begin."""
    world, double = tmp_path / "world", tmp_path / "double"
    double.mkdir()
    (double / "gcloud").write_text(GCLOUD.format(python=sys.executable))
    (double / "gcloud").chmod(0o755)
    try:
        workspace = terraform.workspace(used=Origin(Kind.REHEARSAL), world=world)
    except MissingError as exc:
        pytest.skip(str(exc))
    with workspace as space:
        given = {
            **space.environment,
            "PATH": f"{double}{os.pathsep}{os.environ['PATH']}",
            "DOUBLE": str(double),
            "WORLD": str(world),
            "STORAGE_EMULATOR_HOST": storage,
            "GOOGLE_OAUTH_ACCESS_TOKEN": "nobody's",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield space.folder


def describe(folder, **changes):
    lines = [f"{name} = {json.dumps(value)}" for name, value in {**BOOTSTRAP, **changes}.items()]
    (folder / "terraform/bootstrap/terraform.tfvars").write_text("\n".join(lines) + "\n")


def make_bucket():
    """Make it for real, which the rehearsal's provider does not."""
    url = f"http://{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b?project=p"
    requests.post(url, json={"name": BUCKET}, timeout=5).raise_for_status()


def asked():
    lines = Path(os.environ["DOUBLE"], "asked").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_it_can_be_repeated(project):
    """The state begins in the folder, ends in the bucket, and is found there the next time."""
    describe(project)
    make_bucket()
    first = Bootstrap(project, approve=True).run()
    folder = project / "terraform/bootstrap"
    assert not list(folder.glob("*.tfstate*")), "the state stayed in the clear"
    assert not (folder / "backend_override.tf").exists()

    again = Bootstrap(project, approve=True).run()
    assert again == first
    handed = json.loads((project / "terraform/foundation.auto.tfvars.json").read_text())
    assert handed == first["pipeline_variables"]
    wanted = Expectation.read(project / "terraform/posture.json")
    assert "assertion.repository_id ==" in wanted.condition
    accounts = {email.partition("@")[0]: roles for email, roles in wanted.grants.items()}
    assert accounts["release-smoke"] == []
    (role,) = accounts["release-nightly"]
    assert role.endswith("/roles/posture_reader")
    agents = [
        words[4] for words in asked() if words[:4] == ["beta", "services", "identity", "create"]
    ]
    assert agents == 2 * [
        "--service=artifactregistry.googleapis.com",
        "--service=binaryauthorization.googleapis.com",
        "--service=pubsub.googleapis.com",
        "--service=run.googleapis.com",
    ]


def test_a_failure_half_way_is_mended_by_running_it_again(project):
    """The resources are there, and the state still in the folder, when the bucket said no."""
    describe(project)
    folder = project / "terraform/bootstrap"
    with pytest.raises(BootstrapError, match="run make bootstrap again"):
        Bootstrap(project, approve=True).run()
    assert json.loads((folder / "terraform.tfstate").read_text())["resources"]

    make_bucket()
    Bootstrap(project, approve=True).run()
    assert not list(folder.glob("*.tfstate*"))


def test_gcloud_that_fails_stops_it(project):
    describe(project)
    Path(os.environ["DOUBLE"], "fail").touch()
    with pytest.raises(BootstrapError, match="gcloud beta services identity"):
        Bootstrap(project, approve=True).run()


def test_what_is_not_filled_in_is_said(project):
    with pytest.raises(BootstrapError, match=r"terraform.tfvars is missing"):
        Bootstrap(project).run()


def test_the_example_lacks_nothing(project):
    """Filled in as it stands, it is a legal description."""
    folder = project / "terraform/bootstrap"
    shutil.copy(folder / "terraform.tfvars.example", folder / "terraform.tfvars")
    outputs = Bootstrap(project, approve=True)
    outputs._use_local_state()
    assert outputs._variable("project_id") == "my-project"
    done = subprocess.run(
        ["terraform", f"-chdir={folder}", "plan", "-input=false"], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "command",
    [
        ["services", "enable", "iam.googleapis.com", "--project=p"],
        [
            "beta",
            "services",
            "identity",
            "create",
            "--service=run.googleapis.com",
            "--project=p",
            "--quiet",
        ],
        ["storage", "buckets", "list", "--project=p", "--format=value(name)"],
    ],
)
def test_the_real_gcloud_understands_what_it_is_asked(command, tmp_path):
    """It gets as far as looking for credentials, of which there are none."""
    program = shutil.which("gcloud")
    if program is None:
        pytest.skip("needs gcloud")
    alone = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path)}
    done = subprocess.run(
        [program, *command], check=False, capture_output=True, text=True, env=alone
    )
    assert done.returncode == 1
    assert "do not currently have an active account" in done.stderr
