"""Three candidates, one after the other: a good one, a slow one, and one that fails."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import requests
from rich.progress import Progress

from deploy.canary import cloud_run, objectives
from deploy.canary.decision import Verdict
from deploy.canary.metrics import Window
from deploy.canary.monitoring import Monitoring
from deploy.canary.objectives import Policy
from deploy.canary.pace import Pace
from local import layout, messaging, publish
from local.caller import bearer, mint, pages
from local.canary import timeline
from local.canary.findings import Findings, Run
from local.canary.fleet import SERVICE, Fleet
from local.canary.load import Load
from local.canary.rollout import Rollout, roll_out
from local.faults import Fault
from local.layout import LocalError, Ports
from local.records import Outgoing
from local.stack import Stack

FOLDER = layout.FOLDER / "canary"
CALLERS, SMOKERS = 16, 12
RATE, SMOKE_RATE = 80.0, 50.0
"""Requests a second: of callers at the front door, and at the candidate's own address."""
WARM_UP_S, AFTER_S = 2.0, 2.0
MARGIN = 1.3
SHORTEST_S, LONGEST_S = 3.0, 20.0
INGEST_TIMEOUT_S = 60.0
RATE_LIMIT = "10000000"
QUERIES = "/queries"
LONG_TTL = "30s"
"""The emulator shares the cores with what is measured, so good revisions seldom ask it."""
PERIOD = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate, and what has to become of it."""

    name: str
    wanted: Verdict
    fault: Fault | None = None
    """Between it and BigQuery, from its first share on: after the smoke test, which it passes."""
    cache_ttl: str = LONG_TTL


CASES = (
    Case("good", Verdict.PROMOTE),
    # Without its cache each read waits for BigQuery.
    Case(
        "slow",
        Verdict.ROLLBACK,
        Fault("slow", QUERIES, seconds=0.8, times=None),
        cache_ttl="0s",
    ),
    # As after a release that lost a grant: a cached page hides it for a moment.
    Case(
        "failing",
        Verdict.ROLLBACK,
        Fault("status", QUERIES, status=403, times=None),
        cache_ttl="1s",
    ),
)


def run(
    progress: Progress, report: Callable[[str], None], cases: Sequence[Case] = CASES
) -> Findings:
    """Run all cases on free ports, with load all along.

    Raises:
        LocalError: something could not be started, or the machine is too slow to decide anything.
    """
    with ExitStack() as exits:
        report("start: pipeline")
        changes = {"RATE_LIMIT_PER_MINUTE": RATE_LIMIT, "CACHE_TTL": LONG_TTL}
        stack = exits.enter_context(
            Stack(Ports.free(), pubsub="embedded", folder=FOLDER, api_changes=changes)
        )
        _publish(stack, progress)
        fleet = exits.enter_context(Fleet(stack, FOLDER))
        token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
        monitoring = Monitoring("local", lambda: token, url=fleet.figures_url, period=PERIOD)
        with _load(fleet.url, token, RATE, CALLERS) as load:
            policy = _policy(load)
            runs = [
                _case(number, case, fleet, monitoring, policy, token, report)
                for number, case in enumerate(cases, start=2)
            ]
        divided = fleet.status()["divided"]
        report("stop")
    return Findings(runs, load, divided, policy)


def _case(  # noqa: PLR0913, PLR0917 - what a case needs, once
    number: int,
    case: Case,
    fleet: Fleet,
    monitoring: Monitoring,
    policy: Policy,
    token: str,
    report: Callable[[str], None],
) -> Run:
    stable, candidate = fleet.serving, f"{SERVICE}-{number}"
    report(f"{candidate} ({case.name}): start, smoke test")
    way = fleet.start(candidate, RATE_LIMIT_PER_MINUTE=RATE_LIMIT, CACHE_TTL=case.cache_ttl)
    fleet.divide(candidate, 0)
    _smoke_test(fleet, token)
    way.plan(*([case.fault] if case.fault else []))
    source = cloud_run.CloudRun(monitoring, SERVICE, cloud_run.API)
    with _load(fleet.tag_url, token, SMOKE_RATE, SMOKERS) as smoke:
        found = roll_out(fleet, candidate, source, policy, report)
    # The picture also shows how it goes on.
    time.sleep(AFTER_S)
    found.ended = datetime.now(UTC)
    promoted = found.verdict is Verdict.PROMOTE
    stays, goes = (candidate, stable) if promoted else (stable, candidate)
    fleet.give_all(stays)
    fleet.stop(goes)
    ticks = timeline.read(monitoring, SERVICE, _whole_seconds(found))
    return Run(case.name, case.wanted, found, ticks, smoke)


def _load(url: str, token: str, rate: float, callers: int) -> Load:
    return Load(url, "/data?limit=10", headers=bearer(token), rate=rate, callers=callers)


def _publish(stack: Stack, progress: Progress) -> None:
    """Give readers something to read, and wait until it can be read."""
    messages = [Outgoing(b'{"id":%d,"name":"canary"}' % number) for number in range(10)]
    with messaging.publisher(f"127.0.0.1:{stack.ports.pubsub}") as client:
        publish.publish(client, layout.TOPIC, messages, progress)
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    until = time.monotonic() + INGEST_TIMEOUT_S
    # Another question each time: an empty page would be kept as well.
    questions = (f"limit={number}" for number in count(100))
    while not next(pages(stack.ports.url("api"), token, next(questions))):
        if time.monotonic() > until:
            raise LocalError("nothing of what was published can be read; see function.log")
        time.sleep(0.2)


def _smoke_test(fleet: Fleet, token: str) -> None:
    """Ask the candidate at its own address: with a token, and without one."""
    url = f"{fleet.tag_url}/data?limit=10"
    good = requests.get(url, headers=bearer(token), timeout=15).status_code
    bare = requests.get(url, timeout=15).status_code
    if (good, bare) != (200, 401):
        raise LocalError(f"the smoke test of the candidate got {good} and {bare}")


def _policy(load: Load) -> Policy:
    """Take the objectives of the cloud, and windows as long as this machine needs for them.

    At half of the traffic each revision must get the requests that the strictest objective needs.

    Raises:
        LocalError: the machine is too slow.
    """
    time.sleep(WARM_UP_S)
    rate = len(load.answers) / WARM_UP_S
    fewest = max(objective.fewest for objective in objectives.API.objectives.values())
    # At its own address a candidate gets less than that, so its rate counts as well.
    seconds = math.ceil(MARGIN * fewest / max(1.0, min(rate / 2, rate * SMOKE_RATE / RATE)))
    if seconds > LONGEST_S:
        raise LocalError(f"only {rate:.0f} requests/s are answered here, too few to decide on")
    window = timedelta(seconds=max(SHORTEST_S, seconds))
    pace = Pace(
        period=PERIOD,
        settle=timedelta(seconds=1),
        window=window,
        stale=timedelta(seconds=10),
        limit=5 * window + timedelta(seconds=10),
        pause=timedelta(seconds=0.5),
    )
    return replace(objectives.API, pace=pace)


def _whole_seconds(found: Rollout) -> Window:
    start = found.began.replace(microsecond=0) - PERIOD
    return Window(start, start + PERIOD * (math.ceil((found.ended - start) / PERIOD)))
