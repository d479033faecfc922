"""Real skopeo pulls what runs by its digest, through the registry's own login."""

import os
import subprocess

import pytest

from deploy.nightly import layouts
from deploy.nightly.layouts import FOLDER, layout
from deploy.reference import Reference
from gates.trivy.archive import unpack
from local.layout import LocalError
from local.release.registry import Registry as Distribution
from local.release.registry import tool
from rehearsal.deployment.images import layout as write
from rehearsal.deployment.network import Network
from rehearsal.deployment.permits import Permits
from rehearsal.deployment.registry import Registry

HOST = "europe-west1-docker.pkg.dev"
REGISTRY = f"{HOST}/data-prod-4711/images"


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Two images in the registry, where `of-nightly` may pull."""
    try:
        skopeo = tool("skopeo")
    except LocalError as exc:
        pytest.skip(f"needs skopeo: {exc}")
    permits = Permits()
    for name in ("build", "nightly", "canary"):
        permits.hand_out(f"of-{name}", f"release-{name}")
    monkeypatch.setenv("PATH", f"{skopeo.parent}{os.pathsep}{os.environ['PATH']}")
    with Distribution(tmp_path / "registry") as distribution:
        registry = Registry(permits, distribution.address, HOST)
        with Network(tmp_path / "network", {HOST: registry.answer}) as network:
            for name, value in network.environment().items():
                monkeypatch.setenv(name, value)
            found = []
            for name in ("data-api", "pubsub-to-bigquery"):
                digest = write(tmp_path / name, name.encode())
                found.append(Reference(f"{REGISTRY}/{name}", digest))
                to = f"{distribution.address}/data-prod-4711/images/{name}:tag"
                flags = [
                    "--insecure-policy",
                    "copy",
                    "-q",
                    "--preserve-digests",
                    "--dest-tls-verify=false",
                ]
                subprocess.run(
                    [skopeo, *flags, f"oci:{tmp_path / name}", f"docker://{to}"], check=True
                )
            yield found


def test_each_image_is_there_under_its_digest_and_nothing_older(images, tmp_path):
    root = tmp_path / "job"
    (root / FOLDER / "older").mkdir(parents=True)
    assert list(layouts.pull([*images, images[0]], "of-nightly", root)) == []
    assert {path.name for path in (root / FOLDER).iterdir()} == {
        image.digest.removeprefix("sha256:") for image in images
    }
    for number, image in enumerate(images):
        assert unpack(layout(image, root), tmp_path / f"unpacked-{number}") == image.digest


@pytest.mark.parametrize("whose", ["of-canary", "nobodys"])
def test_nobody_pulls_who_is_not_granted_it(images, tmp_path, whose):
    told = list(layouts.pull(images, whose, tmp_path / "job"))
    assert [line.partition(": ")[0] for line in told] == list(map(str, images))
    assert all("not pulled" in line and whose not in line for line in told)
    assert list((tmp_path / "job" / FOLDER).iterdir()) == []


def test_an_image_that_the_registry_lost_does_not_keep_the_others_away(images, tmp_path):
    gone = Reference(images[0].repository, f"sha256:{'0' * 64}")
    (told,) = layouts.pull([gone, *images], "of-nightly", tmp_path / "job")
    assert told.startswith(f"{gone}: not pulled: ")
    there = {path.name for path in (tmp_path / "job" / FOLDER).iterdir()}
    assert there == {image.digest.removeprefix("sha256:") for image in images}


def test_without_skopeo_nothing_was_seen(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    image = Reference(f"{REGISTRY}/data-api", f"sha256:{'a' * 64}")
    (told,) = layouts.pull([image], "of-nightly", tmp_path)
    assert "skopeo did not run: FileNotFoundError" in told
