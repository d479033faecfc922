"""Real Trivy on what runs: an old package is found in whichever revision holds it."""

import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy.nightly import rescan
from deploy.nightly.deployed import Deployed, Image
from deploy.nightly.layouts import FOLDER
from deploy.nightly.rescan import Judge
from gates.trivy import database, register
from gates.trivy.report import GateError
from tests.gates.trivy.archives import DEBIAN, GOOD, wheel, write_image
from tests.gates.trivy.conftest import binary, cache  # noqa: F401 - Trivy and its local set
from tests.gates.trivy.conftest import scanner as local  # noqa: F401 - the same

REGISTRY = "europe-west1-docker.pkg.dev/data-prod-4711/images"
BAD = DEBIAN | wheel("jinja2", "2.4.1")


@pytest.fixture
def deploy(tmp_path):
    """Lay an image out under its digest; gives it as it is handed over."""

    def make(files, name="data-api", by="data-api in x, revision r", **config):
        archive = write_image(tmp_path / "image.tar", files, **config)
        folder = tmp_path / "unpacked"
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        digest = json.loads((folder / "index.json").read_text())["manifests"][0]["digest"]
        (tmp_path / FOLDER).mkdir(parents=True, exist_ok=True)
        folder.rename(tmp_path / FOLDER / digest.removeprefix("sha256:"))
        return Image(image=f"{REGISTRY}/{name}@{digest}", used_by=(by,))

    return make


@pytest.fixture
def judge(local, tmp_path):  # noqa: F811 - the fixture
    """Judge with the local set, and a register of these entries."""

    def make(text=""):
        (tmp_path / "register.toml").write_text(text, "utf-8")
        entries = register.read(tmp_path / "register.toml", datetime.now(UTC).date())
        return Judge(local, database.local(local), tuple(entries))

    return make


def judged(images, judge, root, strange=()):
    seen = Deployed(services=1, images=tuple(images), strange=tuple(strange))
    return rescan.judged(seen, judge, root)


def complaints(images, judge, root, strange=()):
    found, unseen = judged(images, judge, root, strange)
    assert unseen == ()
    return list(found)


def entry(image, id_="CVE-2014-0012", **changes):
    today = datetime.now(UTC).date()
    given = {
        "id": id_,
        "package": "pkg:pypi/jinja2",
        "image": image,
        "status": "affected",
        "reason": "r",
        "evidence": "e",
        **changes,
    }
    lines = [f'{name} = "{value}"' for name, value in given.items()]
    lines += [f"added = {today}", f"expires = {today + timedelta(days=9)}"]
    return "[[vulnerability]]\n" + "\n".join(lines) + "\n"


def test_what_is_clean_passes(deploy, judge, tmp_path):
    assert complaints([deploy(GOOD)], judge(), tmp_path) == []


def test_an_old_package_is_found_where_it_runs(deploy, judge, tmp_path):
    """The clean revision beside it, which gets most of the requests, hides nothing."""
    images = [deploy(GOOD), deploy(BAD, by="data-api in x, revision old")]
    found = complaints(images, judge(), tmp_path)
    assert found
    assert all(images[1].image in each and "revision old" in each for each in found)
    assert all("jinja2 2.4.1" in each for each in found)


def test_what_is_strange_is_a_finding_however_clean_the_rest_is(deploy, judge, tmp_path):
    assert complaints([deploy(GOOD)], judge(), tmp_path, ["x: docker.io/y"]) == ["x: docker.io/y"]


def test_root_is_found(deploy, judge, tmp_path):
    (found,) = complaints([deploy(GOOD, user="0")], judge(), tmp_path)
    assert "root-user" in found


def test_what_is_accepted_is_accepted_in_its_image_alone(deploy, judge, tmp_path):
    api, function = deploy(BAD), deploy(BAD | {"x": "x"}, name="pubsub-to-bigquery")
    before = complaints([api, function], judge(), tmp_path)
    ids = {line.split(": ")[1].split(" ")[0] for line in before}
    accepted = judge("".join(entry("api", each) for each in sorted(ids)))
    after = complaints([api, function], accepted, tmp_path)
    assert after == [line for line in before if function.image in line]
    assert after


def test_an_entry_about_the_next_release_is_no_finding(deploy, judge, tmp_path):
    """Of what is built it would be one, and that is scanned when it is built."""
    judging = judge(entry("api"))
    # With a local set nobody could tell.
    judging = replace(judging, advisories=replace(judging.advisories, kind="fresh"))
    assert complaints([deploy(GOOD)], judging, tmp_path) == []


def test_an_image_that_cannot_be_judged_hides_nothing_of_the_rest(deploy, judge, tmp_path):
    """Else whoever runs something bad would break one image, and nobody heard of the others."""
    missing = Image(image=f"{REGISTRY}/data-api@sha256:{'0' * 64}", used_by=("x",))
    bad = deploy(BAD)
    found, (unseen,) = judged([missing, bad], judge(), tmp_path, ["x: docker.io/y"])
    assert "was not handed over" in unseen
    assert found[0] == "x: docker.io/y"
    assert len(found) > 1
    assert all(bad.image in each for each in found[1:])


def test_another_image_in_its_place_is_not_judged(deploy, judge, tmp_path):
    good, bad = deploy(GOOD), deploy(BAD)
    folders = [rescan.layout(each.reference, tmp_path) for each in (good, bad)]
    folders[1].rename(tmp_path / "gone")
    folders[0].rename(folders[1])
    found, (unseen,) = judged([bad], judge(), tmp_path)
    assert found == ()
    assert "handed over in its place" in unseen


def test_an_image_whose_content_was_changed_is_not_judged(deploy, judge, tmp_path):
    image = deploy(BAD)
    (manifest, *_) = sorted((rescan.layout(image.reference, tmp_path) / "blobs/sha256").iterdir())
    manifest.write_bytes(b"{}")
    found, (unseen,) = judged([image], judge(), tmp_path)
    assert found == ()
    assert "another digest" in unseen


OTHER = {name: content for name, content in GOOD.items() if name in DEBIAN}


def test_beside_our_images_one_without_python_is_judged(deploy, judge, tmp_path):
    """A collector of traces, for example; an image of ours without packages is the wrong one."""
    assert complaints([deploy(OTHER, name="collector")], judge(), tmp_path) == []
    found, (unseen,) = judged([deploy(OTHER | {"x": "x"})], judge(), tmp_path)
    assert found == ()
    assert "no Python packages" in unseen


def test_of_an_image_in_which_nothing_is_seen_nothing_is_known(deploy, judge, tmp_path):
    found, (unseen,) = judged([deploy({"x": "x"}, name="collector")], judge(), tmp_path)
    assert found == ()
    assert "saw no package" in unseen


def test_without_the_advisories_of_today_nobody_judges(monkeypatch, binary, tmp_path):  # noqa: F811 - the fixture
    """A local set stands in nowhere."""

    def unreachable(_trivy):
        raise GateError("no network")

    monkeypatch.setattr(rescan, "install", lambda _pin: binary)
    monkeypatch.setattr(database, "fetch", unreachable)
    with pytest.raises(GateError, match="no network"):
        rescan.today()
    monkeypatch.setattr(database, "fetch", lambda _trivy: None)
    monkeypatch.setattr(rescan, "CACHE", tmp_path)
    with pytest.raises(GateError, match="no fresh database"):
        rescan.today()
