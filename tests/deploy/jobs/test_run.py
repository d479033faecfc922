"""What a job is told is read strictly, and what it tells is one line each."""

import json

import pytest

from deploy.jobs.run import Job
from deploy.reference import RefusedError

REGISTRY = "europe-west1-docker.pkg.dev/data-prod-4711/images"
DIGEST = f"sha256:{'a' * 64}"
IMAGES = {
    "api": f"{REGISTRY}/data-api@{DIGEST}",
    "function": f"{REGISTRY}/pubsub-to-bigquery@{DIGEST}",
}
GOOD = {
    "GITHUB_REPOSITORY": "acme/pipeline",
    "GITHUB_SHA": "c" * 40,
    "GITHUB_RUN_ID": "19283746501",
    "GITHUB_RUN_ATTEMPT": "2",
    "CHECK_RUN_ID": "55555555555",
    "GOOGLE_OAUTH_ACCESS_TOKEN": "of-the-job",
    "REGISTRY": REGISTRY,
    "RELEASE_IMAGES": json.dumps(IMAGES),
}


def job(**changes):
    return Job({name: value for name, value in {**GOOD, **changes}.items() if value is not None})


def test_a_job_knows_its_run():
    told = job()
    assert (told.run_id, told.attempt, told.job_id) == (19283746501, 2, 55555555555)
    assert told.signer == (
        "https://github.com/acme/pipeline/.github/workflows/sign.yml@refs/heads/main"
    )
    assert {name: str(image) for name, image in told.images().items()} == IMAGES
    assert job(CHECK_RUN_ID="").job_id is None


@pytest.mark.parametrize(
    ("name", "value", "attribute"),
    [
        ("GITHUB_REPOSITORY", "acme", "signer"),
        ("GITHUB_REPOSITORY", "acme/pipeline/../../evil", "signer"),
        ("GITHUB_REPOSITORY", None, "repository"),
        ("GITHUB_SHA", "main", "commit"),
        ("GITHUB_SHA", f"{'c' * 40}\n", "commit"),
        ("GITHUB_RUN_ID", "0", "run_id"),
        ("GITHUB_RUN_ID", "-1", "run_id"),
        ("GITHUB_RUN_ATTEMPT", "", "attempt"),
        ("GOOGLE_OAUTH_ACCESS_TOKEN", "", "token"),
    ],
)
def test_what_github_would_not_say_is_refused(name, value, attribute):
    with pytest.raises(RefusedError, match=name):
        getattr(job(**{name: value}), attribute)


@pytest.mark.parametrize(
    ("images", "why"),
    [
        ("", "not set"),
        ("[]", "both images"),
        ("nothing", "both images"),
        (json.dumps({"api": IMAGES["api"]}), "both images"),
        (json.dumps({**IMAGES, "api": f"{REGISTRY}/data-api:latest"}), "name a digest"),
        (json.dumps({**IMAGES, "api": IMAGES["function"]}), "not data-api of"),
        (json.dumps({**IMAGES, "api": f"evil.dev/images/data-api@{DIGEST}"}), "not data-api of"),
        (json.dumps({**IMAGES, "api": f"{REGISTRY}/x/data-api@{DIGEST}"}), "not data-api of"),
    ],
    ids=range(8),
)
def test_other_images_than_the_two_of_the_registry_are_refused(images, why):
    with pytest.raises(RefusedError, match=why):
        job(RELEASE_IMAGES=images).images()


def test_a_job_tells_the_workflow_and_everybody(tmp_path):
    told = job(GITHUB_OUTPUT=str(tmp_path / "o"), GITHUB_STEP_SUMMARY=str(tmp_path / "s"))
    told.tell(images="{}", digest="d")
    told.show("# Plan\n")
    assert (tmp_path / "o").read_text("utf-8") == "images={}\ndigest=d\n"
    assert (tmp_path / "s").read_text("utf-8") == "# Plan\n"


@pytest.mark.parametrize("value", ["x\nurl=https://evil.example", "x\rurl=y"], ids=["n", "r"])
def test_a_value_cannot_pretend_to_be_another_output(value, tmp_path):
    with pytest.raises(RefusedError, match="one line"):
        job(GITHUB_OUTPUT=str(tmp_path / "o")).tell(service=value)
    assert not (tmp_path / "o").exists()


def test_no_token_shows_when_a_job_is_printed():
    assert "of-the-job" not in repr(job())
