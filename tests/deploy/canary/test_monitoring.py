"""Cloud Monitoring's answers are read in their documented shape, whole, or refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from deploy.canary import cloud_run
from deploy.canary.metrics import Count, SourceError, Window
from deploy.canary.monitoring import Monitoring
from local.serving import serving

END = datetime(2026, 12, 1, 12, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WINDOW = Window(END - 5 * MINUTE, END)
REQUESTS = "run.googleapis.com/request_count"
LATENCIES = "run.googleapis.com/request_latencies"
FRESHNESS = "logging.googleapis.com/user/ingest_e2e_seconds"


def point(value, ago=0, **interval):
    end = END - ago * MINUTE
    times = {"startTime": (end - MINUTE).isoformat(), "endTime": end.isoformat(), **interval}
    return {"interval": times, "value": value}


def series(metric, points, *, revision="data-api-new", **labels):
    return {
        "metric": {"type": metric, "labels": labels},
        "resource": {"type": "cloud_run_revision", "labels": {"revision_name": revision}},
        "metricKind": "DELTA",
        "valueType": "INT64",
        "points": points,
        "unit": "1",
    }


def requests(numbers, kind="2xx", **more):
    points = [point({"int64Value": str(n)}, ago) for ago, n in enumerate(numbers)]
    return series(REQUESTS, points, response_code_class=kind, **more)


def latencies(counts, bounds=(300.0,), metric=LATENCIES):
    total = str(sum(counts))
    value = {
        "count": total,
        "mean": 12.5,
        "sumOfSquaredDeviation": 1.0,
        "bucketOptions": {"explicitBuckets": {"bounds": list(bounds)}},
        "bucketCounts": [str(count) for count in counts],
    }
    return series(metric, [point({"distributionValue": value})])


class Api:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self):
        self.pages = {}
        self.asked = []
        self.status = 200
        self.raw = None

    async def answer(self, request):
        self.asked.append(request)
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status, headers={"Location": "/other"})
        metric = request.query["filter"].split('"')[1]
        number = int(request.query.get("pageToken", "page-0").removeprefix("page-"))
        pages = self.pages.get(metric, [{}])
        more = {"nextPageToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
        return web.json_response({**pages[number], **more}, status=self.status)


@pytest.fixture
def api():
    found = Api()
    app = web.Application()
    app.router.add_get("/v3/projects/a-project/timeSeries", found.answer)
    with serving(app) as url:
        found.url = url
        found.monitoring = Monitoring("a-project", lambda: "t0ken", url=url)
        found.source = cloud_run.CloudRun(found.monitoring, "data-api", cloud_run.API)
        yield found


def test_the_question_is_the_documented_one(api):
    api.source.read("data-api-new", WINDOW)
    first, second = api.asked
    assert first.headers["Authorization"] == "Bearer t0ken"
    assert first.query.getall("aggregation.groupByFields") == [
        "resource.labels.revision_name",
        "metric.labels.response_code_class",
    ]
    assert {name: value for name, value in first.query.items() if "groupBy" not in name} == {
        "filter": f'metric.type = "{REQUESTS}" AND resource.type = "cloud_run_revision"'
        ' AND resource.labels.service_name = "data-api"'
        ' AND resource.labels.revision_name = "data-api-new"',
        "interval.startTime": "2026-12-01T12:00:00.000000Z",
        "interval.endTime": "2026-12-01T12:05:00.000000Z",
        "aggregation.alignmentPeriod": "60s",
        "aggregation.perSeriesAligner": "ALIGN_DELTA",
        "aggregation.crossSeriesReducer": "REDUCE_SUM",
        "view": "FULL",
    }
    assert LATENCIES in second.query["filter"]


def test_all_classes_and_all_pages_are_summed(api):
    api.pages[REQUESTS] = [
        {"timeSeries": [requests([10, 20])], "unit": "1"},
        {},
        {"timeSeries": [requests([1], "4xx"), requests([2, 3], "5xx"), requests([4], "9xx")]},
    ]
    api.pages[LATENCIES] = [{"timeSeries": [latencies([38, 2])]}]
    seen = api.source.read("data-api-new", WINDOW)
    assert seen.counts == {"availability": Count(40, 9), "latency": Count(40, 2)}
    assert (seen.window, seen.newest) == (WINDOW, END)


def test_a_series_that_a_page_divides_is_summed_once(api):
    first, second = requests([10, 20]), requests([10, 20])
    first["points"], second["points"] = first["points"][:1], second["points"][1:]
    api.pages[REQUESTS] = [{"timeSeries": [first]}, {"timeSeries": [second]}]
    assert api.source.read("data-api-new", WINDOW).counts["availability"] == Count(30, 0)


def test_what_is_absent_is_missing_and_never_zero(api):
    assert api.source.read("data-api-new", WINDOW) is None
    api.pages[REQUESTS] = [{"timeSeries": [{**requests([]), "points": []}]}]
    assert api.source.read("data-api-new", WINDOW) is None
    api.pages[REQUESTS] = [{"timeSeries": [requests([400])]}]
    seen = api.source.read("data-api-new", WINDOW)
    assert set(seen.counts) == {"availability"}


def test_the_newest_figure_is_that_of_the_objective_whose_figures_are_oldest(api):
    api.pages[REQUESTS] = [{"timeSeries": [requests([1, 2, 3])]}]
    old = latencies([3, 0])
    old["points"] = [point(old["points"][0]["value"], ago=3)]
    api.pages[LATENCIES] = [{"timeSeries": [old]}]
    assert api.source.read("data-api-new", WINDOW).newest == END - 3 * MINUTE


def test_the_function_is_measured_by_acknowledgement_and_freshness(api):
    source = cloud_run.CloudRun(api.monitoring, "pubsub-to-bigquery", cloud_run.FUNCTION)
    api.pages[REQUESTS] = [{"timeSeries": [requests([90]), requests([7], "4xx")]}]
    api.pages[FRESHNESS] = [{"timeSeries": [latencies([80, 10], (60.0,), FRESHNESS)]}]
    seen = source.read("data-api-new", WINDOW)
    assert seen.counts == {"acknowledgement": Count(97, 7), "freshness": Count(90, 10)}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 204, 302])
def test_a_refusal_is_an_error_without_the_token_in_it(api, status):
    api.status, api.raw = status, b'{"error": {"message": "t0ken"}}' * (status not in {204, 302})
    with pytest.raises(SourceError, match=str(status)) as caught:
        api.source.read("data-api-new", WINDOW)
    assert "t0ken" not in str(caught.value)
    assert [request.path for request in api.asked] == ["/v3/projects/a-project/timeSeries"]


def changed(**changes):
    """One answer with something wrong in its one series."""
    return json.dumps({"timeSeries": [{**requests([1]), **changes}]}).encode()


HOSTILE = {
    "nothing": b"",
    "text": b"busy",
    "a list": b"[]",
    "null": b"null",
    "cut": b'{"timeSeries": [',
    "series no list": b'{"timeSeries": {}}',
    "partial": json.dumps(
        {"timeSeries": [requests([1])], "executionErrors": [{"code": 4, "message": "late"}]}
    ).encode(),
    "no labels": changed(metric={"type": REQUESTS}),
    "another metric": changed(metric={"type": LATENCIES, "labels": {"response_code_class": "2xx"}}),
    "another revision": json.dumps({"timeSeries": [requests([1], revision="x")]}).encode(),
    "no revision": changed(resource={"type": "cloud_run_revision", "labels": {}}),
    "no points": json.dumps(
        {"timeSeries": [{k: v for k, v in requests([1]).items() if k != "points"}]}
    ).encode(),
    "no value": changed(points=[point({})]),
    "number": changed(points=[point({"int64Value": 5})]),
    "negative": changed(points=[point({"int64Value": "-5"})]),
    "fraction": changed(points=[point({"int64Value": "5.5"})]),
    "nan": changed(points=[point({"doubleValue": float("nan")})]),
    "huge": changed(points=[point({"int64Value": "9" * 40})]),
    "distribution": changed(points=[point({"distributionValue": {"count": "5"}})]),
    "no zone": changed(points=[point({"int64Value": "5"}, endTime="2026-12-01T12:05:00")]),
    "future": changed(points=[point({"int64Value": "5"}, ago=-1)]),
    "before": changed(points=[point({"int64Value": "5"}, ago=5)]),
    "backwards": changed(
        points=[
            point({"int64Value": "5"}, startTime=END.isoformat(), endTime="2026-12-01T12:01:00Z")
        ]
    ),
    "twice": changed(points=[point({"int64Value": "5"}), point({"int64Value": "5"})]),
    "series twice": json.dumps({"timeSeries": [requests([1]), requests([1])]}).encode(),
    "too long": changed() + b" " * (8 << 20),
    "endless": b'{"nextPageToken": "page-1"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_in_the_documented_shape_is_refused(api, name):
    """Of one metric alone, so that no other one's refusal hides that this one was taken."""
    only = {"availability": cloud_run.API["availability"]}
    source = cloud_run.CloudRun(api.monitoring, "data-api", only)
    api.raw = changed()
    assert source.read("data-api-new", WINDOW).counts == {"availability": Count(1, 0)}
    api.asked.clear()
    api.raw = HOSTILE[name]
    with pytest.raises(SourceError) as caught:
        source.read("data-api-new", WINDOW)
    assert len(api.asked) <= 20
    assert str(caught.value).isprintable()


def test_nobody_who_answers_is_an_error():
    monitoring = Monitoring("a-project", lambda: "t0ken", url="http://127.0.0.1:9")
    with pytest.raises(SourceError, match="no answer"):
        monitoring.delta(REQUESTS, WINDOW, by=())


@pytest.mark.parametrize(
    "url", ["http://monitoring.googleapis.com", "http://127.0.0.1.test", "ftp://x", "", "file:///x"]
)
def test_a_token_is_never_sent_in_the_clear(url):
    with pytest.raises(ValueError, match="https"):
        Monitoring("a-project", lambda: "t0ken", url=url)


@pytest.mark.parametrize("name", ['x" OR metric.type != "', "", "a b", "x\n", "é"])
def test_no_name_ends_the_filters_quotes(api, name):
    with pytest.raises(ValueError, match="no name"):
        api.source.read(name, WINDOW)
    with pytest.raises(ValueError, match="no name"):
        Monitoring(name, lambda: "t0ken")


def test_a_netrc_does_not_replace_the_token(api, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    api.source.read("data-api-new", WINDOW)
    assert {request.headers["Authorization"] for request in api.asked} == {"Bearer t0ken"}
