"""The look is whole or it is none, and asks what its identity may ask and nothing else."""

import json
import tomllib

import pytest
from aiohttp import web

from deploy.cloud_run import REGIONS
from deploy.google import Google, GoogleError
from deploy.posture.observation import observe
from local.layout import ROOT
from local.serving import serving
from tests.deploy.posture.project import JOB, PROJECT, SERVICE, WANTED, WORKERS, Apis, seen

TOKEN = "of-nightly"


def look(apis, token=TOKEN):
    with serving(apis.application()) as url:
        return observe(Google(token, f"{url}/{{service}}"), WANTED)


def test_everything_is_seen_in_every_region_and_on_every_page():
    there = [
        {**entry, "name": f"{PROJECT}/locations/{region}/{kind}/number-{number}"}
        for kind, entry in (("services", SERVICE), ("jobs", JOB), ("workerPools", WORKERS))
        for region in ("europe-west1", "asia-east1")
        for number in range(5)
    ]
    accounts = {f"account-{number}@x": [] for number in range(5)}

    def many(it):
        it.services[:] = there[:10]
        it.jobs[:] = there[10:20]
        it.pools[:] = there[20:]
        it.keys.update(accounts)

    apis = Apis(seen(many))
    assert look(apis).keys == apis.of.keys
    looked = look(apis)
    assert {each["name"] for each in looked.services} == {each["name"] for each in there[:10]}
    assert {each["name"] for each in looked.jobs} == {each["name"] for each in there[10:20]}
    assert {each["name"] for each in looked.pools} == {each["name"] for each in there[20:]}
    assert looked.services[0]["policy"] == SERVICE["policy"]
    assert (looked.admission, looked.policy) == (apis.of.admission, apis.of.policy)
    assert looked.providers == apis.of.providers


def test_the_calls_are_those_that_the_identity_is_granted():
    """access/calls.toml names them, and access/ holds them against the planned grants."""
    apis = Apis(seen())
    look(apis)
    table = tomllib.loads((ROOT / "access" / "calls.toml").read_text("utf-8"))
    granted = {
        method
        for call in table["calls"]
        if call["identity"] == "release-nightly" and call["step"].startswith("nightly: ")
        for method in call["methods"]
    }
    assert set(apis.asked) == granted
    regions = len(json.loads(REGIONS.read_text("utf-8"))["regions"])
    for kind in ("services", "jobs", "workerPools"):
        assert apis.asked[f"run.projects.locations.{kind}.list"] == regions


def answering(**response):
    return lambda _: web.Response(**response)


BROKEN = {
    "refused": (answering(status=403, text="{}"), "HTTP 403"),
    "gone": (answering(status=404, text="{}"), "HTTP 404"),
    "down": (answering(status=503, text="down"), "HTTP 503"),
    "sent elsewhere": (
        answering(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        "HTTP 302",
    ),
    "no JSON": (answering(text="<html>"), "not what the API documents"),
    "no object": (answering(text="[]"), "not what the API documents"),
}


@pytest.mark.parametrize(
    "part",
    ["/policy", "/services", "/jobs", "/workerPools", "/keys", "/providers", "getIamPolicy"],
)
@pytest.mark.parametrize(("answer", "said"), BROKEN.values(), ids=BROKEN)
def test_what_could_not_be_seen_is_no_pass(part, answer, said):
    with pytest.raises(GoogleError, match=said):
        look(Apis(seen(), answers={part: answer}))


@pytest.mark.parametrize("kind", ["services", "jobs", "workerPools"])
@pytest.mark.parametrize(
    ("listed", "more", "said"),
    [
        ([], {"unreachable": ["x"]}, "could not be reached"),
        ({}, {}, "no list"),
        (["x"], {}, "no list"),
        ([], {"nextPageToken": "again"}, "pages"),
    ],
)
def test_half_a_list_is_none(kind, listed, more, said, monkeypatch):
    monkeypatch.setattr("deploy.google.MOST_PAGES", 3)
    page = answering(text=json.dumps({kind: listed, **more}))
    with pytest.raises(GoogleError, match=said):
        look(Apis(seen(), answers={f"/{kind}": page}))


def test_another_identity_sees_nothing():
    with pytest.raises(GoogleError, match="HTTP 401"):
        look(Apis(seen()), token="of-somebody")


def test_nobody_there_is_not_seen_and_the_token_is_not_said():
    google = Google("of-nightly", "http://127.0.0.1:1/{service}")
    with pytest.raises(GoogleError) as unseen:
        observe(google, WANTED)
    assert "of-nightly" not in str(unseen.value)
