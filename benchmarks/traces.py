"""`make trace-cost`: what traces add to a request, in microseconds; without them, nothing.

Both services answer in this process, below their servers, which are the same either way, and what
takes BigQuery's place answers at once. The variants take turns at each request, so that they share
whatever else the machine does, and the CPU is that of the request's own thread. What lies between
the two variants without traces is the measurement's own error.
"""

import io
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from flask import Flask, request
from rich.console import Console
from rich.progress import track
from rich.table import Table
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.selection import Selection
from app.server import create_app
from app.settings import Settings as ApiSettings
from app.store import Page
from benchmarks.client import push
from function.batching import Commit, GroupCommit
from function.ingest import Ingest
from function.settings import Settings as FunctionSettings
from function.traced import Tracing
from local import layout
from local.caller import bearer
from local.issuer import Issuer
from local.layout import Ports
from local.processes import Child
from local.stack import answers
from servicekit import contract
from servicekit.identity import TokenVerifier
from servicekit.keys import SigningKeys
from servicekit.logs import Log
from servicekit.readiness import Readiness

VARIANTS = {"off": None, "off, once more": None, "on, 1 in 100": "0.01", "on, each": "1"}
"""Names, and `OTEL_TRACES_SAMPLER_ARG`."""
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
IMPORT = "import time; t = time.process_time(); import {}; print(time.process_time() - t)"

Times = list[tuple[float, float]]
"""Of each request, in microseconds: the CPU of its thread, and how long it took."""


def cost(requests: int, console: Console) -> None:
    """Ask each variant of both services so many times, and print what traces add."""
    with ExitStack() as exits:
        collector = f"http://127.0.0.1:{Ports.free().api}"
        command = [sys.executable, "-m", "benchmarks.collector", collector.rpartition(":")[2]]
        child = exits.enter_context(Child("collector", command, layout.FOLDER / "collector.log"))
        child.wait_until(lambda: answers(f"{collector}/v1/traces"))
        issuer = Issuer()
        table = Table(title=f"µs a request, of {requests} in turn", title_justify="left")
        for column in ("what", "CPU", "more CPU", "more, mean", "longer"):
            table.add_column(column, justify="left" if column == "what" else "right", no_wrap=True)
        for name, make in (("GET /data", _api), ("push", _function)):
            asks = [make(issuer, _environment(share, collector)) for share in VARIANTS.values()]
            _add(table, name, _measure(asks, requests, console))
        console.print(table)
    for names in (
        "app.server, google.cloud.bigquery",
        "app.server, google.cloud.bigquery, app.traced",
    ):
        console.print(f"importing {names}: {_import_ms(names):.0f} ms of CPU")


def _measure(asks: list[Callable[[], None]], requests: int, console: Console) -> list[Times]:
    for ask in asks * 50:
        ask()
    times: list[Times] = [[] for _ in asks]
    # In each order alike: whoever follows a costly one finds its caches cold.
    orders = itertools.cycle(itertools.permutations(zip(asks, times, strict=True)))
    for order in track(list(itertools.islice(orders, requests)), console=console, transient=True):
        for ask, mine in order:
            cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
            ask()
            wall, cpu = time.perf_counter_ns() - wall, time.thread_time_ns() - cpu
            mine.append((cpu / 1000, wall / 1000))
    return times


def _add(table: Table, what: str, times: list[Times]) -> None:
    for name, mine in zip(VARIANTS, times, strict=True):
        cpu, longer = (
            [one[at] - off[at] for one, off in zip(mine, times[0], strict=True)] for at in (0, 1)
        )
        table.add_row(
            f"{what}, {name}",
            f"{statistics.median(cpu for cpu, _ in mine):.0f}",
            f"{statistics.median(cpu):+.1f}",
            f"{statistics.mean(cpu):+.1f}",
            f"{statistics.median(longer):+.1f}",
        )


def _environment(share: str | None, collector: str) -> dict[str, str]:
    verified = {"AUTH_MODE": "verify"}
    if share is None:
        return verified
    on = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_TRACES_SAMPLER_ARG": share}
    return verified | on


class _Rows:
    """A store that has its page ready."""

    def read(self, _selection: Selection) -> Page:
        return Page([{"id": number, "name": "row"} for number in range(10)], None, "job")

    def check(self) -> None:
        pass


def _api(issuer: Issuer, changes: dict[str, str]) -> Callable[[], None]:
    """Make GET /data with a token to verify and a query each time."""
    env = layout.api_environment(Ports(), **changes, CACHE_TTL="0s")
    settings = ApiSettings.from_env(env | {"RATE_LIMIT_PER_MINUTE": "10000000"})
    verifier = TokenVerifier(settings.identity, _keys(issuer))
    app = create_app(settings, _Rows(), verifier, log=Log("p", io.StringIO()))
    token = issuer.mint(layout.READER, layout.API_AUDIENCE)
    return _asking(app, bearer(token), None, "200 OK")


def _function(issuer: Issuer, changes: dict[str, str]) -> Callable[[], None]:
    """Make a push as function/main.py puts it together, with tables that take all rows at once."""
    settings = FunctionSettings.from_env(layout.function_environment(Ports(), **changes))
    log = Log("p", io.StringIO())
    commits: list[Commit] = [
        GroupCommit(lambda rows, _: [None] * len(rows), linger_s=0, deadline_s=8) for _ in "rp"
    ]
    tracing = Tracing(settings.traces, log) if settings.traces else None
    if tracing:
        commits = [tracing.commit(commit, "p.d.t") for commit in commits]
    ingest = Ingest(
        settings=settings,
        contract=contract.load(),
        verifier=TokenVerifier(settings.identity, _keys(issuer)),
        records=commits[0],
        poison=commits[1],
        readiness=Readiness(lambda: None),
        log=log,
        observe=tracing.observe if tracing else None,
    )
    view = tracing.view(ingest.answer) if tracing else ingest.answer
    app = Flask("function", static_folder=None)
    app.add_url_rule("/", "push", lambda: view(request), methods=["POST"])
    token = issuer.mint(layout.PUSHER, layout.FUNCTION_AUDIENCE)
    return _asking(app, bearer(token), _push(), "204 NO CONTENT")


def _push() -> bytes:
    body = json.loads(push(1))
    body["message"]["attributes"] = {"googclient_traceparent": TRACEPARENT}
    return json.dumps(body).encode()


def _keys(issuer: Issuer) -> SigningKeys:
    return SigningKeys("https://keys.test/", lambda _: (json.dumps(issuer.key_set()).encode(), ""))


def _asking(
    app: Flask, headers: dict[str, str], body: bytes | None, wanted: str
) -> Callable[[], None]:
    """Make a request that comes from a traced caller, as often as it is called."""
    path, method = ("/data", "GET") if body is None else ("/", "POST")
    sent = Headers({**headers, "traceparent": TRACEPARENT})
    environ = EnvironBuilder(path, method=method, headers=sent, data=body).get_environ()

    def ask() -> None:
        whole = {**environ, "wsgi.input": io.BytesIO(body or b"")}
        parts, status, _ = run_wsgi_app(app, whole)
        b"".join(parts)
        if status != wanted:
            raise RuntimeError(f"{status} where {wanted} was expected; there is no figure")

    return ask


def _import_ms(names: str, rounds: int = 7) -> float:
    times = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", IMPORT.format(names)],
            cwd=layout.ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        times.append(float(done.stdout) * 1000)
    return min(times)
