"""From a running canary to the judgement of its images, against the hosts' own names over TLS.

Who may call what is what access/calls.toml says; skopeo, the registry and Trivy are real.
"""

import json
import os
import subprocess
import tarfile

import pytest
from click.testing import CliRunner

from deploy.jobs import pipeline
from deploy.nightly import __main__ as command
from deploy.nightly import rescan
from deploy.nightly.deployed import Deployed
from deploy.nightly.rescan import Judge
from gates.trivy import database
from local.layout import LocalError
from local.release.registry import Registry as Distribution
from local.release.registry import tool
from rehearsal.deployment.network import Network
from rehearsal.deployment.permits import Permits, bearer
from rehearsal.deployment.registry import Registry
from tests.deploy.nightly.test_rescan import BAD
from tests.deploy.nightly.test_serving import CANARY, HERE, CloudRun, container
from tests.gates.trivy.archives import GOOD, write_image
from tests.gates.trivy.conftest import binary, cache  # noqa: F401 - Trivy and its local set
from tests.gates.trivy.conftest import scanner as local  # noqa: F401 - the same

HOST = "europe-west1-docker.pkg.dev"
PATH = "acme-data/images/data-api"


class Guarded(CloudRun):
    """Cloud Run's API, for whoever access/calls.toml lets call."""

    def __init__(self, permits, *arguments):
        super().__init__(*arguments)
        self._permits = permits

    async def answer(self, request):
        listing = request.path.endswith("/services")
        method = "run.projects.locations.services" + (".list" if listing else ".revisions.get")
        self._permits.check(bearer(request), [method], "project" if listing else "api")
        return self.told(request.path.removeprefix("/v2/"), request.query)


@pytest.fixture
def project(tmp_path, monkeypatch, local):  # noqa: F811 - the fixture
    """A project in which a canary goes on; gives its services, and how to push an image."""
    try:
        skopeo = tool("skopeo")
    except LocalError as exc:
        pytest.skip(f"needs skopeo: {exc}")
    permits = Permits()
    for name in ("nightly", "canary"):
        permits.hand_out(f"of-{name}", f"release-{name}")
    monkeypatch.setenv("PATH", f"{skopeo.parent}{os.pathsep}{os.environ['PATH']}")
    given = {"project_id": "acme-data", "foundation": {"registry": f"{HOST}/acme-data/images"}}
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform" / "foundation.auto.tfvars.json").write_text(json.dumps(given), "utf-8")
    monkeypatch.setattr(pipeline, "HOME", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROJECT_ID", "acme-data")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    # The advisories of today cannot be had here.
    monkeypatch.setattr(rescan, "today", lambda: Judge(local, database.local(local), ()))
    revisions = {}
    api = Guarded(permits, [CANARY], revisions)
    with Distribution(tmp_path / "registry") as distribution:
        registry = Registry(permits, distribution.address, HOST)
        hosts = {HOST: registry.answer, "run.googleapis.com": api.answer}

        def push(name, files):
            archive = write_image(tmp_path / f"{name}.tar", files)
            with tarfile.open(archive) as tar:
                tar.extractall(tmp_path / name, filter="data")
            index = json.loads((tmp_path / name / "index.json").read_text())
            to = f"docker://{distribution.address}/{PATH}:{name}"
            flags = ["--insecure-policy", "copy", "-q", "--preserve-digests"]
            flags += ["--dest-tls-verify=false", f"oci:{tmp_path / name}"]
            subprocess.run([skopeo, *flags, to], check=True)
            return f"{HOST}/{PATH}@{index['manifests'][0]['digest']}"

        with Network(tmp_path / "network", hosts) as network:
            for name, value in network.environment().items():
                monkeypatch.setenv(name, value)
            yield api, push
            assert network.refused == set()


@pytest.fixture
def job(monkeypatch, tmp_path):
    """Run a job's command, as an identity if it has one; gives status, words and outputs."""

    def run(name, token=""):
        (tmp_path / "output").write_text("")
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", token)
        ended = CliRunner().invoke(command.main, [name])
        told = (tmp_path / "output").read_text().splitlines()
        return ended.exit_code, ended.output, dict(line.split("=", 1) for line in told)

    return run


def test_the_old_revision_of_a_canary_is_judged_too(project, job, monkeypatch):
    def hand_over(told):
        for name, value in told.items():
            monkeypatch.setenv(name.upper(), value)

    api, push = project
    old, new = push("old", BAD), push("new", GOOD)
    api.services = [{**CANARY, "template": container(new)}]
    api.revisions |= {
        f"{HERE}/data-api/revisions/data-api-a": container(old),
        f"{HERE}/data-api/revisions/data-api-b": container(new),
    }
    status, said, told = job("deployed", "of-nightly")
    assert status == 0, said
    assert {each.image for each in Deployed.model_validate_json(told["deployed"]).images} == {
        old,
        new,
    }

    hand_over(told)
    status, said, _ = job("rescan")
    assert status == 1
    lines = [line for line in said.splitlines() if "jinja2" in line]
    assert lines
    assert all(line.startswith(f"{old}, data-api in europe-west1, revision") for line in lines)

    # The release ends, and nothing old is left.
    api.services = [{**api.services[0], "traffic": [], "trafficStatuses": []}]
    status, said, told = job("deployed", "of-nightly")
    hand_over(told)
    status, said, _ = job("rescan")
    assert (status, "0 findings" in said) == (0, True), said


def test_another_identity_sees_nothing(project, job):
    status, said, told = job("deployed", "of-canary")
    assert (status, told) == (2, {})
    assert "HTTP 403" in said
