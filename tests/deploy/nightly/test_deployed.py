"""What runs is ours by digest or it is strange, and nothing between the jobs makes it less."""

import json

import pytest

from deploy.nightly import deployed
from deploy.nightly.deployed import Deployed, Image
from deploy.nightly.errors import NotSeenError
from deploy.nightly.serving import Use

REGISTRY = "europe-west1-docker.pkg.dev/data-prod-4711/images"
OURS = f"{REGISTRY}/data-api@sha256:{'a' * 64}"
OTHER = f"{REGISTRY}/data-api@sha256:{'b' * 64}"
STRANGE = [
    ("", "not REPOSITORY@sha256"),
    (f"{REGISTRY}/data-api", "not REPOSITORY@sha256"),
    (f"{REGISTRY}/data-api:latest", "can be moved to another image"),
    (f"{REGISTRY}/data-api:latest@sha256:{'a' * 64}", "can be moved to another image"),
    (f"{REGISTRY}/data-api@sha256:{'a' * 63}", "not REPOSITORY@sha256"),
    (f"{REGISTRY}/data-api@md5:{'a' * 32}", "not REPOSITORY@sha256"),
    (f"{REGISTRY}-evil/data-api@sha256:{'a' * 64}", "is not in"),
    (f"{REGISTRY}@sha256:{'a' * 64}", "is not in"),
    (f"docker.io/library/nginx@sha256:{'a' * 64}", "is not in"),
    (f"nginx@sha256:{'a' * 64}", "not REPOSITORY@sha256"),
    (f"{REGISTRY}/../data-api@sha256:{'a' * 64}", "not REPOSITORY@sha256"),
    (f"{OURS}\n{OURS}", "not REPOSITORY@sha256"),
    ("\x1b[2J", "not REPOSITORY@sha256"),
    ("x" * 100_000, "xxx"),
]


def test_an_image_is_named_once_with_all_that_run_it():
    uses = [Use("the template", OURS), Use("one", OURS), Use("two", OTHER)]
    seen = deployed.sort(1, uses, REGISTRY)
    assert seen == Deployed(
        services=1,
        images=(
            Image(image=OURS, used_by=("the template", "one")),
            Image(image=OTHER, used_by=("two",)),
        ),
        strange=(),
    )
    assert deployed.read(seen.model_dump_json()) == seen


@pytest.mark.parametrize(("image", "said"), STRANGE)
def test_what_is_not_ours_by_digest_is_told_by_name(image, said):
    seen = deployed.sort(1, [Use("data-api in x", image), Use("data-api in x", OURS)], REGISTRY)
    (line,) = seen.strange
    assert line.startswith("data-api in x: ")
    assert said in line
    assert line.isprintable()
    assert len(line) <= deployed.LONGEST
    assert [each.image for each in seen.images] == [OURS]


def test_services_that_run_nothing_were_not_seen():
    with pytest.raises(NotSeenError, match="nothing that they run"):
        deployed.sort(2, [], REGISTRY)


def test_a_project_without_services_has_none():
    assert deployed.sort(0, [], REGISTRY) == Deployed(services=0, images=(), strange=())


GOOD = json.loads(deployed.sort(1, [Use("x", OURS)], REGISTRY).model_dump_json())
BROKEN = {
    "nothing": "",
    "no JSON": "{",
    "no object": "[]",
    "no part": "{}",
    "services without images": json.dumps({**GOOD, "images": []}),
    "images without services": json.dumps({**GOOD, "services": 0}),
    "less than none": json.dumps({**GOOD, "services": -1, "images": []}),
    "a tag": json.dumps({**GOOD, "images": [{"image": f"{REGISTRY}/a:b", "used_by": ["x"]}]}),
    "a path": json.dumps(
        {**GOOD, "images": [{"image": f"{REGISTRY}/a@sha256:../../x", "used_by": ["x"]}]}
    ),
    "used by nobody": json.dumps({**GOOD, "images": [{"image": OURS, "used_by": []}]}),
    "one part more": json.dumps({**GOOD, "passed": True}),
    "a word for a number": json.dumps({**GOOD, "services": "1"}),
    "one part less": json.dumps({key: GOOD[key] for key in ("services", "images")}),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_what_is_not_whole_is_not_judged(raw):
    with pytest.raises(NotSeenError, match="not handed over whole"):
        deployed.read(raw)
