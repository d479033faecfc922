"""In a real browser the page shows what happens, asks nobody else, and runs no text of a log."""

import time
from itertools import chain, cycle, repeat

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe

from local import layout, messaging
from local.caller import bearer
from local.canary.load import Load
from local.observation.backlog import Subscriptions, Waiting
from local.observation.panels import PANELS
from local.observation.recorder import Recorder
from tests.gates.reports.browsing import DESKTOP, PHONE, Seen
from tests.local.observation.lines import written

HOSTILE = "<img src=x onerror=window.owned=1><script>window.owned=1</script>\u202e&amp;"
DRAWN = """name => [...document.images].every(
    each => each.complete && each.naturalWidth > 0 && each.currentSrc.includes(name))"""
SAYS = "([id, text]) => new RegExp(text).test(document.getElementById(id).alt)"


@pytest.fixture
def show(browser, watched):
    """Open the page; give what the browser did with it."""
    contexts = []

    def show(**options):
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        seen = Seen(contexts[-1].new_page())
        seen.listen()
        seen.page.goto(f"{watched.dashboard}/")
        return seen

    yield show
    for context in contexts:
        context.close()


def until(page, panel, pattern):
    wait(page, SAYS, [panel, pattern])


def wait(page, script, argument=None):
    """Wait until a script says yes; the page's policy forbids the library to wait inside of it."""
    until_s = time.monotonic() + 30
    while not page.evaluate(script, argument):
        assert time.monotonic() < until_s, (script, argument, page.content())
        page.wait_for_timeout(200)


def test_the_panels_show_the_load_and_the_errors_that_there_are(show, watched):
    page = show().page
    paths = cycle(["/data", "/fail"])
    headers = bearer(watched.token)
    with Load(watched.api, lambda: next(paths), headers=headers, rate=20, callers=2) as load:
        until(page, "requests", r"data-api [1-9]")
        until(page, "errors", r"data-api 4xx 0\.0 .* data-api 5xx [1-9]")
        until(page, "latency", r"data-api [0-9]")
    assert {answer.status for answer in load.answers} == {200, 503}
    with Load(watched.api, "/data", headers={}, rate=20, callers=2):
        until(page, "errors", r"data-api 4xx [1-9]")
    until(page, "requests", r"data-api 0\.0 a second")


def test_messages_wait_until_the_function_says_what_became_of_them(show, watched):
    page = show().page
    one, other, poison = watched.publish(b"1", b"2", b"3")
    until(page, "backlog", r"waiting 3\.0")
    until(page, "freshness", r"oldest that waits [1-9]")
    for message in (one, other):
        fields = {"status": 204, "message_id": message, "e2e_seconds": 1.5}
        watched.log(written("ingest.committed", **fields))
    until(page, "backlog", r"waiting 1\.0")
    until(page, "freshness", r"publish to queryable 1\.5 s")
    fields = {"status": 204, "message_id": poison, "reason": "no_json"}
    watched.log(written("ingest.quarantined", "WARNING", **fields))
    until(page, "backlog", r"waiting 0\.0")
    until(page, "quarantine", r"quarantined 1\.0")


def test_what_a_stranger_writes_into_a_log_is_shown_as_text_and_not_run(show, watched):
    seen = show()
    fields = {"status": 403, "reason": "identity", "caller": HOSTILE}
    watched.log(written("push.forbidden", "WARNING", **fields))
    requests.get(f"{watched.api}/<svg onload=window.owned=1>", timeout=5)
    watched.log("</script><script>window.owned=1</script>\n")
    for words in ("push.forbidden identity <img src=x onerror=window.owned=1>", "<svg onload"):
        seen.page.get_by_text(words).first.wait_for(timeout=30_000)
    assert "\u202e" not in seen.page.content()
    # Also where it is in the page from the beginning.
    again = show()
    assert again.page.get_by_text("push.forbidden identity <img").count() == 1
    for each in (seen, again):
        assert each.page.locator("#warnings *:not(li)").count() == 0
        assert (each.owned, each.dialogs, each.refused) == (False, [], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_accessible_fits_and_asks_for_nothing_else(show, watched, screen, scheme):
    seen = show(viewport=screen, color_scheme=scheme)
    before = len(seen.requests)
    with seen.page.expect_request("**/now", timeout=30_000):
        pass  # it asks by itself
    wait(seen.page, DRAWN, f"-{scheme}.svg")
    assert len(seen.requests) > before
    assert all(url.startswith(f"{watched.dashboard}/") for url in seen.requests if url != "data:,")
    assert seen.page.locator("img").count() == len(PANELS)
    charts = [url for url in seen.requests if "/panels/" in url]
    assert charts
    assert all(f"-{scheme}.svg" in url for url in charts)
    assert (seen.said, seen.refused) == ([], [])
    wide = seen.page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= screen["width"]
    found = Axe().run(seen.page).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "127.0.0.1:1", 200),
        ("/now", "localhost:1", 200),
        ("/now", "evil.example:80", 403),
        ("/now", "127.0.0.1.evil.example:80", 403),
        ("/now", "evil.example", 403),
        ("/panels/errors-light.svg", "127.0.0.1:1", 200),
        ("/panels/errors-red.svg", "127.0.0.1:1", 404),
        ("/panels/all-dark.svg", "127.0.0.1:1", 404),
        ("/panels/..%2F..%2Fpage-css.svg", "127.0.0.1:1", 404),
        ("/page.html.j2", "127.0.0.1:1", 404),
    ],
)
def test_only_the_page_is_served_and_only_to_who_asks_for_the_loopback(watched, path, host, status):
    answer = requests.get(f"{watched.dashboard}{path}", headers={"Host": host}, timeout=20)
    assert answer.status_code == status
    if answer.ok:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "script" not in policy or "script-src 'self';" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_subscriptions_go_with_the_recorder(watched):
    project = f"projects/{layout.PROJECT}"
    with messaging.subscriber(watched.pubsub_host) as client:

        def names():
            return {each.name for each in client.list_subscriptions(project=project)}

        before = names()
        with Subscriptions(watched.pubsub_host, Waiting()):
            assert len(names() - before) == 2
        assert names() == before


def test_a_missed_second_leaves_a_gap_and_the_recording_goes_on(watched, tmp_path):
    delays = chain([2.5], repeat(0))

    def slow_once():
        time.sleep(next(delays))
        return {}

    with Recorder(tmp_path, watched.pubsub_host, [], probes=slow_once) as recorder:
        until_s = time.monotonic() + 20
        while len(recorder.samples) < 3 and time.monotonic() < until_s:
            time.sleep(0.1)
        first, second, third, *_ = [sample.number for sample in recorder.samples]
    assert (first, second > 2, third > second) == (0, True, True)
