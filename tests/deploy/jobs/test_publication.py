"""Images are pushed by real skopeo, through the registry's own login, under tags that stay."""

import os

import pytest

from deploy.jobs import handover, publication
from deploy.jobs.run import SERVICES, Job
from deploy.reference import RefusedError
from local.layout import LocalError
from local.release.registry import Registry as Distribution
from local.release.registry import tool
from rehearsal.deployment.images import layout
from rehearsal.deployment.network import Network
from rehearsal.deployment.permits import Permits
from rehearsal.deployment.registry import Registry

HOST = "europe-west1-docker.pkg.dev"
REGISTRY = f"{HOST}/data-prod-4711/images"
COMMIT = "c" * 40


@pytest.fixture
def push(tmp_path, monkeypatch):
    """Push built images as an identity; gives their references."""
    try:
        skopeo = tool("skopeo")
    except LocalError as exc:
        pytest.skip(f"needs skopeo: {exc}")
    permits = Permits()
    for name in ("build", "sign"):
        permits.hand_out(f"of-{name}", f"release-{name}")
    monkeypatch.setenv("PATH", f"{skopeo.parent}{os.pathsep}{os.environ['PATH']}")
    with Distribution(tmp_path / "registry") as distribution:
        registry = Registry(permits, distribution.address, HOST)
        with Network(tmp_path / "network", {HOST: registry.answer}) as network:
            for name, value in network.environment().items():
                monkeypatch.setenv(name, value)

            def run(number, whose="of-build", commit=COMMIT):
                folder = tmp_path / f"job-{number}"
                folder.mkdir(exist_ok=True)
                monkeypatch.chdir(folder)
                for name in SERVICES:
                    if not handover.layout(name).exists():
                        layout(handover.layout(name), f"{name} {number}".encode())
                told = {
                    "GITHUB_SHA": commit,
                    "GOOGLE_OAUTH_ACCESS_TOKEN": whose,
                    "REGISTRY": REGISTRY,
                }
                return publication.push(Job(told))

            yield run


def test_an_image_is_pushed_once_under_its_commits_tag(push):
    pushed = push(1)
    assert {name: image.repository for name, image in pushed.items()} == {
        name: f"{REGISTRY}/{service}" for name, service in SERVICES.items()
    }
    assert {image.digest for image in pushed.values()} == {handover.digest(n) for n in SERVICES}
    assert push(1) == pushed, "a job that died is run again"
    with pytest.raises(RefusedError, match="not pushed"):
        push(2)
    assert push(2, commit="d" * 40) != pushed


@pytest.mark.parametrize("whose", ["of-sign", "nobodys"])
def test_nobody_else_pushes(push, whose):
    with pytest.raises(RefusedError, match="not pushed"):
        push(1, whose)
