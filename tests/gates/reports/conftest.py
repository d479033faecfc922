"""A real browser without a window, and a server on the loopback that counts who asks it."""

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from gates.reports import html
from tests.gates.reports.browsing import DESKTOP, Seen

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""Else it asks its maker's servers on its own."""


@pytest.fixture(scope="module")
def browser():
    """One browser a module, with a profile that is thrown away; as root it has no sandbox."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"needs a browser ({', '.join(BROWSERS)}): on Debian, apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open a verdict, or a page's text, as a file; give what the browser did with it."""
    contexts = []

    def show(shown, **options):
        text = shown if isinstance(shown, str) else html.render(shown)
        path = tmp_path / "report.html"
        path.write_text(text, "utf-8")
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        seen = Seen(contexts[-1].new_page())
        seen.listen()
        seen.page.goto(path.as_uri())
        return seen

    yield show
    for context in contexts:
        context.close()


@pytest.fixture
def bystander():
    """A server on the loopback; it gives its address and the list of what was asked of it."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(b"window.owned=1")

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()
