"""The weighted door: shares are obeyed, tags are reachable, and a switch loses nothing."""

import asyncio
import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

import pytest
import requests
from aiohttp import web
from pydantic import ValidationError

from local.layout import free_ports
from local.processes import Child
from local.serving import serving
from local.stack import answers
from local.traffic import write
from local.weighted_door import Settings, applications

AUDIENCE = "https://data-api.test"
INVOKER = "invoker@p.iam.gserviceaccount.com"


class Service:
    """Two revisions behind a weighted door."""

    def __init__(self, folder, token_issuer):
        self.traffic = folder / "traffic.json"
        self.revisions = folder / "revisions.json"
        self.port, self.tag_port, self.figures_port = free_ports(3)
        self.settings = {
            "service": "data-api",
            "port": self.port,
            "tags": {"candidate": self.tag_port},
            "figures_port": self.figures_port,
            "traffic": str(self.traffic),
            "revisions": str(self.revisions),
            "audience": AUDIENCE,
            "invokers": [INVOKER],
            "keys_url": token_issuer.keys_url,
        }
        token = token_issuer.issuer.mint(INVOKER, AUDIENCE)
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def divide(self, percent):
        old = {"revision": "api-old", "percent": 100 - percent}
        new = {"revision": "api-new", "percent": percent, "tag": "candidate"}
        write(self.traffic, [new] if percent == 100 else [old, new])

    def get(self, path="/", port=None, **options):
        url = f"http://127.0.0.1:{port or self.port}{path}"
        return self.session.get(url, timeout=10, **options)

    def status(self):
        return requests.get(f"http://127.0.0.1:{self.figures_port}/status", timeout=5).json()


def revision(name, slow_s=2.0):
    """Make a revision that answers its name, at /slow only after a while.

    In that while a test must get round to what it does meanwhile.
    """

    async def answer(request):
        if request.path == "/slow":
            await asyncio.sleep(slow_s)
        return web.Response(text=name, status=500 if request.path == "/fail" else 200)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


@pytest.fixture
def service(tmp_path, token_issuer):
    found = Service(tmp_path, token_issuer)
    with ExitStack() as exits:
        exits.enter_context(found.session)
        urls = {
            name: exits.enter_context(serving(revision(name))) for name in ("api-old", "api-new")
        }
        write(found.revisions, urls)
        found.divide(5)
        for port, app in applications(Settings.model_validate(found.settings)).items():
            exits.enter_context(serving(app, port))
        yield found


def test_shares_are_obeyed_and_follow_the_file(service):
    for percent in (5, 25, 100, 0):
        service.divide(percent)
        got = Counter(service.get().text for _ in range(100))
        assert got == Counter({"api-old": 100 - percent, "api-new": percent})


def test_a_candidate_at_0_is_reachable_at_its_tag_and_nowhere_else(service):
    service.divide(0)
    assert service.get(port=service.tag_port).text == "api-new"
    write(service.traffic, [{"revision": "api-old", "percent": 100, "tag": None}])
    assert service.get(port=service.tag_port).status_code == 404


def test_neither_address_lets_strangers_in(service):
    for port in (service.port, service.tag_port):
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 401
    assert service.status()["in_flight"] == {}


def test_it_goes_on_as_before_when_the_file_cannot_be_obeyed_and_says_so(service):
    service.divide(100)
    assert service.get().text == "api-new"
    write(service.traffic, [{"revision": "api-old", "percent": 90}])
    assert service.get().text == "api-new"
    status = service.status()
    assert status["refused"] == "traffic sums to 90 %: it must be 100"
    assert status["traffic"] == [{"revision": "api-new", "percent": 100, "tag": "candidate"}]


def test_a_request_in_flight_is_answered_by_the_revision_that_has_it(service):
    service.divide(100)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(service.get, "/slow")
        while service.status()["in_flight"] != {"api-new": 1} and not slow.done():
            time.sleep(0.01)
        service.divide(0)
        assert service.status()["in_flight"] == {"api-new": 1}
        assert (
            requests.get(
                f"http://127.0.0.1:{service.port}/", headers=service.session.headers, timeout=5
            ).text
            == "api-old"
        )
        assert slow.result().text == "api-new"
    assert service.status()["in_flight"] == {}


def test_switching_back_and_forth_under_load_loses_nothing(service):
    """Four callers, and the file changes all the time, sometimes to what cannot be obeyed."""
    ended = threading.Event()

    def switch():
        for percent in cycle([0, 100, 50, 101, 5]):
            service.divide(percent)
            if ended.wait(0.005):
                return

    def call(_number):
        with requests.Session() as session:
            session.headers.update(service.session.headers)
            url = f"http://127.0.0.1:{service.port}/"
            return [session.get(url, timeout=10).status_code for _ in range(100)]

    switching = threading.Thread(target=switch)
    switching.start()
    try:
        with ThreadPoolExecutor(4) as threads:
            statuses = Counter(status for each in threads.map(call, range(4)) for status in each)
    finally:
        ended.set()
        switching.join()
    assert statuses == {200: 400}


def figures(service, metric):
    """Ask as the canary asks Cloud Monitoring."""
    query = {
        "filter": f'metric.type = "run.googleapis.com/{metric}" AND resource.type = '
        '"cloud_run_revision" AND resource.labels.service_name = "data-api"',
        "interval.startTime": "2020-01-01T00:00:00Z",
        "interval.endTime": "2100-01-01T00:00:00Z",
        "aggregation.alignmentPeriod": "60s",
        "aggregation.perSeriesAligner": "ALIGN_DELTA",
        "aggregation.crossSeriesReducer": "REDUCE_SUM",
    }
    url = f"http://127.0.0.1:{service.figures_port}/v3/projects/p/timeSeries"
    (series,) = requests.get(url, params=query, timeout=5).json()["timeSeries"]
    return series


def test_a_failing_revision_is_told_apart_in_the_figures(service):
    service.divide(100)
    assert service.get("/fail").status_code == 500
    series = figures(service, "request_count")
    assert series["metric"]["labels"] == {"response_code_class": "5xx"}
    assert series["resource"]["labels"] == {"revision_name": "api-new"}


@pytest.mark.parametrize(("told", "least_ms", "most_ms"), [(1, 500, 1e9), (0.1, 50, 500)])
def test_of_a_latency_the_part_is_told_that_was_asked_for(
    tmp_path, token_issuer, told, least_ms, most_ms
):
    """All of it but in a rehearsal; the slow answer takes 0.6 s."""
    found = Service(tmp_path, token_issuer)
    settings = Settings.model_validate({**found.settings, "told_of_latency": told})
    with ExitStack() as exits:
        exits.enter_context(found.session)
        url = exits.enter_context(serving(revision("api-new", slow_s=0.6)))
        write(found.revisions, {"api-new": url})
        found.divide(100)
        for port, app in applications(settings).items():
            exits.enter_context(serving(app, port))
        assert found.get("/slow").status_code == 200
        (point,) = figures(found, "request_latencies")["points"]
    assert least_ms <= point["value"]["distributionValue"]["mean"] < most_ms


@pytest.mark.parametrize("told", [0, -1, 1.5, "all"])
def test_no_other_part_of_a_latency_is_told(tmp_path, token_issuer, told):
    settings = {**Service(tmp_path, token_issuer).settings, "told_of_latency": told}
    with pytest.raises(ValidationError, match="told_of_latency"):
        Settings.model_validate(settings)


def test_as_a_process_it_answers_what_is_under_way_and_ends(tmp_path, token_issuer):
    found = Service(tmp_path, token_issuer)
    command = [sys.executable, "-m", "local.weighted_door", json.dumps(found.settings)]
    with serving(revision("api-new")) as url, found.session, ThreadPoolExecutor(1) as threads:
        write(found.revisions, {"api-new": url})
        found.divide(100)
        with Child("door", command, tmp_path / "door.log") as door:
            door.wait_until(lambda: answers(f"http://127.0.0.1:{found.figures_port}/status"))
            slow = threads.submit(found.get, "/slow")
            while not found.status()["in_flight"] and not slow.done():
                time.sleep(0.01)
            door.stop()
            assert slow.result().text == "api-new"
        assert door.process.returncode == 0


def test_without_traffic_that_can_be_obeyed_it_ends_with_one_line(tmp_path, token_issuer):
    found = Service(tmp_path, token_issuer)
    command = [sys.executable, "-m", "local.weighted_door", json.dumps(found.settings)]
    with Child("door", command, tmp_path / "door.log") as door:
        assert door.process.wait(30) == 1
    assert door.log_path.read_text() == f"{found.traffic} cannot be read\n"
