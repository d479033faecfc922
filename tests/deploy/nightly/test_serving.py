"""Every revision that may get a request is looked at, and what cannot be seen is no pass."""

import json
import tomllib
from collections import Counter

import pytest
from aiohttp import web

from deploy.cloud_run import REGIONS
from deploy.google import Google, GoogleError
from deploy.nightly import serving
from deploy.nightly.errors import NotSeenError
from deploy.nightly.serving import Use
from local.layout import ROOT
from local.serving import serving as served

TOKEN = "of-nightly"
HERE = "projects/acme-data/locations/europe-west1/services"
THERE = "projects/acme-data/locations/asia-east1/services"


def container(image):
    return {"containers": [{"image": image, "ports": [{"containerPort": 8080}]}]}


def share(revision, percent=0, **more):
    kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
    return {"type": kind, "revision": revision, "percent": percent, **more}


LATEST = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
CANARY = {
    "name": f"{HERE}/data-api",
    "template": container("new"),
    "traffic": [share("data-api-a", 95), share("data-api-b", 5, tag="candidate")],
    "trafficStatuses": [share("data-api-a", 100)],
    "latestReadyRevision": f"{HERE}/data-api/revisions/data-api-b",
}
"""In the documented shape: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services."""
REVISIONS = {
    f"{HERE}/data-api/revisions/data-api-a": container("old"),
    f"{HERE}/data-api/revisions/data-api-b": container("new"),
    f"{HERE}/data-api/revisions/data-api-0": container("older"),
}


class CloudRun:
    """The API of one project, one entry a page."""

    def __init__(self, services, revisions=REVISIONS, answers=()):
        self.services, self.revisions, self.answers = services, revisions, dict(answers)
        self.asked = Counter()

    def application(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request):
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or request.method != "GET":
            return web.json_response({"error": {}}, status=401)
        return self.told(request.match_info["path"].removeprefix("run/v2/"), request.query)

    def told(self, path, query):
        for part, answer in self.answers.items():
            if path.endswith(part):
                return answer()
        if path.endswith("/services"):
            self.asked["run.projects.locations.services.list"] += 1
            found = [each for each in self.services if each["name"].startswith(f"{path}/")]
            start = int(query.get("pageToken", 0))
            page = {"services": found[start : start + 1]} if found else {}
            more = {"nextPageToken": str(start + 1)} if start + 1 < len(found) else {}
            return web.json_response(page | more)
        if path not in self.revisions:
            return web.json_response({"error": {"message": "gone"}}, status=404)
        self.asked["run.projects.locations.services.revisions.get"] += 1
        return web.json_response({"name": path, **self.revisions[path]})


def look(api, token=TOKEN):
    with served(api.application()) as url:
        return serving.look(Google(token, f"{url}/{{service}}"), "acme-data")


def test_each_revision_that_may_get_requests_is_seen_and_the_template():
    count, uses = look(CloudRun([CANARY]))
    assert count == 1
    assert uses == [
        Use("data-api in europe-west1, the template", "new"),
        Use("data-api in europe-west1, revision data-api-a", "old"),
        Use("data-api in europe-west1, revision data-api-b", "new"),
    ]


def test_services_are_seen_in_every_region_and_on_every_page():
    more = [
        {"name": f"{place}/other-{number}", "template": container(f"{number}")}
        for place in (HERE, THERE)
        for number in range(3)
    ]
    count, uses = look(CloudRun(more))
    assert count == 6
    assert len({use.by for use in uses}) == 6
    assert look(CloudRun([])) == (0, [])


def test_a_container_beside_the_service_runs_too():
    beside = {**CANARY, "template": {"containers": [{"image": "new"}, {"image": "beside"}]}}
    _, uses = look(CloudRun([beside]))
    assert Use("data-api in europe-west1, the template", "beside") in uses


@pytest.mark.parametrize(
    ("service", "wanted"),
    [
        (CANARY, {"data-api-a", "data-api-b"}),
        ({**CANARY, "traffic": [], "trafficStatuses": []}, {"data-api-b"}),
        ({**CANARY, "traffic": [LATEST], "trafficStatuses": [LATEST]}, {"data-api-b"}),
        ({"traffic": [share("a", 0, tag="debug")]}, {"a"}),
        ({"traffic": [LATEST], "trafficStatuses": [share("still", 100)]}, {"still"}),
        ({}, set()),
    ],
)
def test_who_may_get_requests(service, wanted):
    """By a share of them, by an address of its own, as it was before, or as the latest."""
    assert serving.revisions(service) == wanted


def test_the_calls_are_those_that_the_identity_is_granted():
    """access/calls.toml names them, and access/ holds them against the planned grants."""
    api = CloudRun([CANARY])
    look(api)
    calls = tomllib.loads((ROOT / "access" / "calls.toml").read_text("utf-8"))["calls"]
    granted = {
        method
        for call in calls
        if call["identity"] == "release-nightly" and call["step"].startswith("rescan: ")
        for method in call["methods"]
    }
    assert {*api.asked, "docker.pull"} == granted
    regions = len(json.loads(REGIONS.read_text("utf-8"))["regions"])
    assert api.asked["run.projects.locations.services.list"] == regions


OTHERWISE = [
    {**CANARY, "template": {}},
    {**CANARY, "template": {"containers": []}},
    {**CANARY, "template": {"containers": [{}]}},
    {**CANARY, "template": None},
    {**CANARY, "traffic": [share("../../../jobs/x", 100)]},
    {**CANARY, "traffic": [share("a?x", 100)]},
    {**CANARY, "traffic": ["a"]},
    {**CANARY, "latestReadyRevision": 7},
    {**CANARY, "name": f"{HERE}/data-api/../x"},
    {**CANARY, "name": f"{HERE}/\x1b[2J"},
    {key: value for key, value in CANARY.items() if key != "template"},
]


@pytest.mark.parametrize("service", OTHERWISE)
def test_a_service_of_another_shape_was_not_seen(service):
    with pytest.raises(NotSeenError, match="Cloud Run told of") as info:
        look(CloudRun([service]))
    assert "\x1b" not in str(info.value)


@pytest.mark.parametrize(
    "told",
    [{}, {"containers": []}, {"containers": [{"image": None}]}, {"containers": [None]}],
)
def test_a_revision_of_another_shape_was_not_seen(told):
    revisions = REVISIONS | {f"{HERE}/data-api/revisions/data-api-a": told}
    with pytest.raises(NotSeenError):
        look(CloudRun([CANARY], revisions))


@pytest.mark.parametrize("part", ["/services", "/revisions/data-api-a"])
@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500])
def test_what_could_not_be_asked_is_no_pass(part, status):
    answers = {part: lambda: web.json_response({}, status=status)}
    with pytest.raises(GoogleError, match=f"HTTP {status}"):
        look(CloudRun([CANARY], answers=answers))


def test_another_identity_sees_nothing():
    with pytest.raises(GoogleError, match="HTTP 401"):
        look(CloudRun([CANARY]), token="of-somebody")
