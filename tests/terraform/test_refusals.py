"""A wrong variable gets one message that says what to do; nobody has to know Terraform for it."""

import json

import pytest

from rehearsal import life
from rehearsal.errors import MissingError
from tests.terraform.project import BOOTSTRAP, REGISTRY, images
from tests.terraform.test_life import handover  # noqa: F401 - a fixture

TAG = {"api": f"{REGISTRY}/data-api:v1"}
KEY_FILE = "/home/me/key.json"


@pytest.fixture(scope="module")
def pipeline(handover):  # noqa: F811 - the fixture
    try:
        with life.begin("terraform", handover) as pipeline:
            yield pipeline
    except MissingError as exc:
        pytest.skip(str(exc))


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"region": "europe-west99"}, "Unknown region"),
        ({"images": TAG}, "named by digest"),
        ({"callers": ["allUsers"]}, "would publish the data"),
        ({"publishers": ["allAuthenticatedUsers"]}, "would let everybody write"),
        (
            {
                "images": images("a"),
                "canary": {"api": {"stable_revision": "data-api-0123456789ab", "percent": 101}},
            },
            "from 0 to 100",
        ),
        ({"egress": "vpc"}, "run make bootstrap"),
        ({"project_id": "4711"}, "not its name or number"),
        ({"ingest_mode": "dataflow"}, "function or bigquery_subscription"),
    ],
)
def test_one_clear_message(pipeline, handover, variables, message):  # noqa: F811 - the fixture
    given = {**handover, **variables}
    if "region" in variables:  # the keys follow it
        given["foundation"] = json.loads(
            json.dumps(handover["foundation"]).replace("europe-west1", variables["region"])
        )
    assert_one_message(pipeline, given, message)


def test_a_perimeter_needs_a_way_in(pipeline, handover):  # noqa: F811 - the fixture
    foundation = {**handover["foundation"], "network_perimeter": True}
    given = {**handover, "foundation": foundation, "api_ingress": "load_balancer"}
    assert_one_message(pipeline, given, "perimeter without a way in")


def test_a_key_file_is_no_account(pipeline, handover):  # noqa: F811 - the fixture
    accounts = {**handover["foundation"]["accounts"], "api": KEY_FILE}
    given = {**handover, "foundation": {**handover["foundation"], "accounts": accounts}}
    assert_one_message(pipeline, given, "a key file has no place here")


def assert_one_message(pipeline, variables, message):
    pipeline.set(variables)
    done = pipeline.space.run(pipeline.root, "plan", "-json")
    errors = [
        record["diagnostic"]
        for record in map(json.loads, done.stdout.splitlines())
        if record.get("type") == "diagnostic" and record["diagnostic"]["severity"] == "error"
    ]
    assert done.returncode != 0
    assert [error["summary"] for error in errors] == ["Invalid value for variable"]
    assert message in errors[0]["detail"]


def test_bootstrap_refuses_a_name_in_an_ids_place():
    given = {**BOOTSTRAP, "repository": {"name": "acme/pipeline", "id": "acme", "owner_id": "1"}}
    try:
        with life.begin("terraform/bootstrap", given) as bootstrap:
            assert_one_message(bootstrap, given, "GitHub's numeric ids")
    except MissingError as exc:
        pytest.skip(str(exc))
