"""A person who is not where they believe to be is told so before anything is planned."""

import pytest

from deploy.desk import surroundings
from deploy.reference import RefusedError
from tests.deploy.desk.conftest import DIGEST, HANDOVER, PROJECT, REGISTRY, backend, write


def test_a_person_in_the_right_place_is_told_what_to_use(checkout):
    assert len(surroundings.commit(checkout)) == 40
    told = surroundings.handed_over(checkout, PROJECT)
    assert told == {"registry": REGISTRY, "smoke": "release-smoke@x"}


@pytest.mark.parametrize("name", ["new.tf", "terraform/foundation.auto.tfvars.json"])
def test_a_tree_that_is_not_its_commit_is_refused(checkout, name):
    (checkout / name).write_text("{}", "utf-8")
    with pytest.raises(RefusedError, match="not clean"):
        surroundings.commit(checkout)


def test_what_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="git status"):
        surroundings.commit(tmp_path)


@pytest.mark.parametrize(
    ("path", "document", "project", "reason"),
    [
        (
            surroundings.HANDOVER,
            HANDOVER,
            "data-test-4711",
            "is of data-prod-4711, not of data-test",
        ),
        (surroundings.HANDOVER, None, PROJECT, "make bootstrap writes it"),
        (surroundings.HANDOVER, {}, PROJECT, "make bootstrap writes it"),
        (surroundings.HANDOVER, [], PROJECT, "make bootstrap writes it"),
        (surroundings.HANDOVER, HANDOVER | {"foundation": {}}, PROJECT, "make bootstrap writes it"),
        (surroundings.BACKEND, backend("data-test-pipeline-state-1"), PROJECT, "is not data-prod"),
        (
            surroundings.BACKEND,
            backend(f"{PROJECT}-bootstrap-state-1"),
            PROJECT,
            "is not data-prod",
        ),
        (surroundings.BACKEND, None, PROJECT, "not initialized with its bucket"),
        (surroundings.BACKEND, {"backend": {"type": "local", "config": {}}}, PROJECT, "its bucket"),
    ],
)
def test_another_project_is_refused(checkout, path, document, project, reason):
    if document is None:
        (checkout / path).unlink()
    else:
        write(checkout / path, document)
    with pytest.raises(RefusedError) as refused:
        surroundings.handed_over(checkout, project)
    assert reason in str(refused.value)


def test_images_are_named_by_digest():
    given = {"api": f"{REGISTRY}/data-api@{DIGEST}", "function": ""}
    assert surroundings.by_digest(given, REGISTRY) == {"api": given["api"]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no image"),
        (f"{REGISTRY}/data-api:latest", "can be moved"),
        (f"{REGISTRY}/data-api:latest@{DIGEST}", "can be moved"),
        (f"{REGISTRY}/data-api", "not REPOSITORY@sha256"),
        (f"{REGISTRY}/data-api@sha256:{'a' * 63}", "not REPOSITORY@sha256"),
        (f"example.com/images/data-api@{DIGEST}", f"not in {REGISTRY}"),
        (f"{REGISTRY}-2/data-api@{DIGEST}", f"not in {REGISTRY}"),
    ],
)
def test_any_other_image_is_refused(text, reason):
    with pytest.raises(RefusedError) as refused:
        surroundings.by_digest({"api": text}, REGISTRY)
    assert reason in str(refused.value)
