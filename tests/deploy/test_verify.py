"""`make verify`: a person gets the release's own answer, about an image and where it lies."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from deploy import signing
from deploy.desk import surroundings
from deploy.reference import RefusedError
from deploy.verify import main
from local.release.workflow_identity import WorkflowRun
from tests.deploy.conftest import BILL, COMMIT

OURS = WorkflowRun(commit=COMMIT, workflow="sign.yml")
DIGEST = f"sha256:{'a' * 64}"
IMAGE = f"registry.example/project/images/data-api@{DIGEST}"


def asked(image, **variables):
    """Ask as make does: in variables, empty where a person gave none."""
    given = dict.fromkeys(("REPOSITORY", "COMMIT", "ATTESTATIONS", "BILL"), "")
    given |= {"IMAGE": image, **variables}
    environment = {f"VERIFY_{name}": value for name, value in given.items()}
    return CliRunner().invoke(main, [], env=environment)


@pytest.fixture(scope="module")
def released(world):
    """An image that lies as in a project: what is said of it is in a repository beside it."""
    image = world.push("project/images/data-api")
    cosign = world.cosign(OURS)
    beside = f"{world.registry.address}/project/attestations/data-api"
    cosign = replace(cosign, environment={**cosign.environment, "COSIGN_REPOSITORY": beside})
    signing.sign(cosign, image, world.signing(OURS), COMMIT, world.documents(image))
    return image


@pytest.fixture
def trust(world, monkeypatch):
    """The organization's own Sigstore, as variables name it."""
    monkeypatch.setenv("SIGSTORE_TRUSTED_ROOT", str(world.sigstore.trust.trusted_root))
    monkeypatch.setenv("SIGSTORE_ISSUER", world.sigstore.issuer_url)


def test_a_released_image_may_be_deployed(released, trust):
    answer = asked(str(released), REPOSITORY=OURS.repository, COMMIT=COMMIT)
    assert answer.exit_code == 0, answer.output
    assert f"{released}: signed by {OURS.identity}, for commit {COMMIT}" in answer.output


def test_the_bill_of_materials_is_compared(released, trust, tmp_path):
    expected = tmp_path / "bill.json"
    told = {"REPOSITORY": OURS.repository, "COMMIT": COMMIT, "BILL": str(expected)}
    expected.write_text(json.dumps(BILL), "utf-8")
    assert asked(str(released), **told).exit_code == 0
    expected.write_text(json.dumps(BILL | {"version": 2}), "utf-8")
    assert asked(str(released), **told).exit_code == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"COMMIT": "d" * 40},
        {"REPOSITORY": "somebody-else/hardened-data-pipeline"},
        {"ATTESTATIONS": "127.0.0.1:1/project/attestations"},
    ],
    ids=["another commit", "another repository", "nothing there"],
)
def test_it_is_asked_of_this_commit_this_repository_and_this_place(released, trust, changed):
    answer = asked(str(released), **{"REPOSITORY": OURS.repository, "COMMIT": COMMIT} | changed)
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: ")
    assert "Traceback" not in answer.output


def test_the_public_sigstore_does_not_know_our_own(released):
    """Where no variable names one, GitHub's issuer and the public trust are what counts."""
    answer = asked(str(released), REPOSITORY=OURS.repository, COMMIT=COMMIT)
    assert answer.exit_code == 1


@pytest.mark.parametrize(
    "image",
    [
        "registry.example/project/images/data-api:latest",
        "registry.example/project/images/data-api",
        f"registry.example/project/images/data-api:v1@{DIGEST}",
        f"{IMAGE} --insecure-ignore-tlog=true",
        f"--key=mine@{DIGEST}",
        "",
    ],
)
def test_what_names_no_digest_is_refused_before_anybody_is_asked(image):
    answer = asked(image, REPOSITORY=OURS.repository, COMMIT=COMMIT)
    assert answer.exit_code in {1, 2}
    assert "Error: " in answer.output


def test_without_a_commit_the_tree_has_to_be_clean(monkeypatch):
    def dirty(_root):
        raise RefusedError("the tree is not clean (M Makefile): commit, or take the changes away")

    monkeypatch.setattr(surroundings, "commit", dirty)
    answer = asked(IMAGE)
    assert answer.exit_code == 1
    assert "the tree is not clean" in answer.output


@pytest.mark.parametrize("content", [None, "[]", "{", "[" * 100_000])
def test_a_bill_that_cannot_be_read_is_named(tmp_path, content):
    bill = tmp_path / "bill.json"
    if content is not None:
        bill.write_text(content, "utf-8")
    answer = asked(IMAGE, COMMIT=COMMIT, BILL=str(bill))
    assert answer.exit_code == 1
    assert "Error: bill.json cannot be read" in answer.output
