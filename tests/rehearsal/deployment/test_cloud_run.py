"""The function's revisions get the messages that the traffic gives them, and are told apart."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from deploy.canary.cloud_run import FUNCTION
from deploy.canary.metrics import Window
from deploy.canary.monitoring import Monitoring
from local import layout
from rehearsal.deployment.cloud_run import TYPE, CloudRun
from rehearsal.deployment.publishers import Publishers
from rehearsal.deployment.runs import REFUSED
from rehearsal.world import World

pytestmark = [pytest.mark.timeout(300)]
NAME = "pubsub-to-bigquery"
OLD, NEW = f"{NAME}-0123456789ab", f"{NAME}-ba9876543210"
ENVIRONMENT = {
    "ALLOWED_CALLERS": layout.PUSHER,
    "AUDIENCES": "https://planned.example",
    "DELIVERY_DEADLINE": "5s",
    # Of the project, where this machine has its own.
    "SUBSCRIPTIONS": "projects/elsewhere/subscriptions/planned",
}
PERIOD = timedelta(seconds=1)


def applied(newest, **shares):
    """Write the service as Terraform applies it; the newest revision carries the tag."""
    env = [{"name": name, "value": value} for name, value in ENVIRONMENT.items()]
    container = {"image": f"image-of-{newest}", "env": env}
    traffic = [
        {
            "revision": {"old": OLD, "new": NEW}[name],
            "percent": percent,
            "tag": "candidate" if name == "new" else "",
        }
        for name, percent in shares.items()
    ]
    template = [{"revision": newest, "containers": [container]}]
    return {"name": NAME, "template": template, "traffic": traffic}


@pytest.fixture
def cloud(stack, tmp_path):
    world = World(tmp_path / "world")
    with CloudRun(lambda: stack, world, tmp_path / "revisions", lambda _: "") as running:

        def put(*revision, **shares):
            world.put(TYPE, NAME, applied(*revision, **shares))
            running.obey()

        running.put = put
        yield running


def figures(cloud, revision):
    """Count as the canary does, all that was done so far."""
    end = datetime.now(UTC) + PERIOD
    found = {}
    for name, indicator in FUNCTION.items():
        question = f'metric.type = "{indicator.metric}" AND resource.labels.service_name = "{NAME}"'
        monitoring = Monitoring(
            "local-pipeline", lambda: "none", url=cloud.figures(question), period=PERIOD
        )
        labels = {"service_name": NAME, "revision_name": revision}
        each = monitoring.delta(
            indicator.metric, Window(end - 120 * PERIOD, end), by=indicator.by, **labels
        )
        counts = [indicator.count(series, point) for series in each for point in series.points]
        found[name] = (sum(c.total for c in counts), sum(c.bad for c in counts))
    return found


def test_what_a_failing_candidate_refuses_comes_to_the_stable_revision(cloud, stack):
    cloud.function.fault = REFUSED[NAME]
    cloud.put(OLD, old=100)
    cloud.put(NEW, old=100, new=0)
    with Publishers(stack.ports, lambda: cloud.function.share, 2, 1) as publishers:
        time.sleep(1)
        assert figures(cloud, NEW) == {"acknowledgement": (0, 0), "freshness": (0, 0)}
        cloud.put(NEW, old=50, new=50)
        assert cloud.function.share == 50
        time.sleep(3)
        cloud.put(NEW, old=100, new=0)
    assert list(publishers.complaints()) == []
    new, old = (figures(cloud, revision) for revision in (NEW, OLD))
    total, bad = new["acknowledgement"]
    assert total == bad >= 3
    assert new["freshness"] == (0, 0), "nothing that it got became a row"
    rows = publishers.published
    assert old == {"acknowledgement": (rows, 0), "freshness": (rows, 0)}


def test_an_image_that_is_not_admitted_does_not_run(stack, tmp_path):
    world = World(tmp_path / "world")
    world.put(TYPE, NAME, applied(OLD, old=100))
    with CloudRun(lambda: stack, world, tmp_path / "revisions", "not {}".format) as running:
        running.obey()
        assert running.refused == [f"not image-of-{OLD}"]
        assert not running.function.runs(OLD)


@pytest.mark.parametrize(
    "question", ["", "x", 'metric.type = "a"', 'resource.labels.service_name = "other"']
)
def test_there_are_no_figures_of_another_service(cloud, question):
    with pytest.raises((LookupError, ValueError)):
        cloud.figures(question)
